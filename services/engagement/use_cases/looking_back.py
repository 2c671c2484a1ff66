"""Answer what scores were, or will be if nothing happens."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from services.engagement.domain.formula import Formula
from services.engagement.domain.ledger import Entry
from services.engagement.domain.looking_back import Past, holding, look_back
from services.engagement.domain.person import Person
from services.engagement.domain.profile import Profile, Score, value
from services.engagement.ports.scores import ScoreReads
from services.engagement.use_cases.reading import ReadScores
from shared.clock import epoch_ms
from shared.errors import Invalid

FURTHEST = timedelta(days=3660)
"""How far ahead a score may be asked for."""
AT_ONCE = 20
"""Of how many customers all entries are held in memory at a time."""


@dataclass(frozen=True, slots=True)
class Remembered:
    """A customer's past at a time, the formula that it was made by, and why they earn nothing if
    they don't."""

    past: Past
    formula: Formula
    time: int
    excluded: str | None


@dataclass(frozen=True, slots=True)
class LookBack:
    """Scores at any time: of the acts that had happened by then, told of until now."""

    read: ReadScores

    async def one(self, customer: str, time: int, most: int) -> Score | None:
        """The score at `time` (ms) with its `most` weightiest entries; None for a customer without
        acts by then, also where they were merged into another. Raises Invalid."""
        return (await self._of([customer], time, most)).get(customer)

    async def scores(self, customers: Sequence[str], time: int, most: int) -> Mapping[str, Score]:
        """Scores at `time` (ms) of those customers that had acts by then, with their `most`
        weightiest entries; the survivor's of one who was merged. Raises Invalid for a time that
        lies too far ahead."""
        survivors = await self.read.store.survivors(customers)
        whose = {id: survivors.get(id, id) for id in customers}
        wanted = list(dict.fromkeys(whose.values()))
        found: dict[str, Score] = {}
        for some in _in_batches(wanted):
            found |= await self._of(some, time, most)
        return {id: found[one] for id, one in whose.items() if one in found}

    async def past(self, customer: str, time: int | None) -> Remembered | None:
        """Everything that the customer's score at `time` (ms), or now, is made of; None without
        acts. Raises Invalid."""
        now = self._check(time)
        at = now if time is None else time
        live = await self.read.books.live()
        profiles = await self.read.store.profiles([customer])
        people = await self.read.people.of([customer])
        formula = live.formula.reaching(at)
        pasts = await self._pasts(profiles, people, formula, at, whole=at >= now)
        if (await self.read.books.live()).number != live.number:
            return await self.past(customer, time)
        if customer not in pasts:
            return None
        excluded = people[customer].excluded if customer in people else None
        return Remembered(pasts[customer], formula, at, excluded)

    async def _of(self, customers: Sequence[str], time: int, most: int) -> Mapping[str, Score]:
        now = self._check(time)
        live = await self.read.books.live()
        formula, store = live.formula, self.read.store
        profiles = await store.profiles(customers)
        entries: Mapping[str, Sequence[Entry]] = {}
        if time < now:
            formula = formula.reaching(time)
            people = await self.read.people.of(list(profiles))
            pasts = await self._pasts(profiles, people, formula, time, whole=False)
            profiles = {name: past.profile for name, past in pasts.items()}
            entries = {name: past.entries for name, past in pasts.items()}
        else:
            profiles = {name: holding(profile, formula, time) for name, profile in profiles.items()}
            entries = await store.heaviest(list(profiles), most) if most and profiles else {}
        if (await self.read.books.live()).number != live.number:
            return await self._of(customers, time, most)
        return {
            name: value(profile, entries.get(name, ()), formula, time, most)
            for name, profile in profiles.items()
        }

    async def _pasts(
        self,
        profiles: Mapping[str, Profile],
        people: Mapping[str, Person],
        formula: Formula,
        time: int,
        *,
        whole: bool,
    ) -> Mapping[str, Past]:
        """By customer; with `whole` of all acts, also those of clocks that are ahead."""
        names = list(profiles)
        entries = await _entries_of(self.read.store, names) if names else {}
        outcast = {name for name, person in people.items() if person.excluded}

        def remember() -> Mapping[str, Past]:
            pasts = {
                name: look_back(
                    profile,
                    (one for one in entries.get(name, ()) if whole or one.time <= time),
                    formula,
                    time,
                    excluded=name in outcast,
                )
                for name, profile in profiles.items()
            }
            return {name: past for name, past in pasts.items() if past is not None}

        # A customer of many acts would hold up everybody else.
        return await asyncio.to_thread(remember)

    def _check(self, time: int | None) -> int:
        now = self.read.clock.now()
        if time is not None and time > epoch_ms(now + FURTHEST):
            raise Invalid(f"more than {FURTHEST.days} days ahead", "/at")
        return epoch_ms(now)


async def _entries_of(store: ScoreReads, customers: Sequence[str]) -> Mapping[str, Sequence[Entry]]:
    found: dict[str, list[Entry]] = {}
    for entry in await store.entries(customers):
        found.setdefault(entry.customer, []).append(entry)
    return found


def _in_batches(customers: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(customers), AT_ONCE):
        yield customers[start : start + AT_ONCE]
