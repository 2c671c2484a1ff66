"""Answer what scores are."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from services.engagement.domain.profile import Score, value
from services.engagement.ports.books import LiveBook
from services.engagement.ports.people import PeopleStore
from services.engagement.ports.scores import ScoreReads
from shared.clock import Clock, epoch_ms


@dataclass(frozen=True, slots=True)
class ReadScores:
    """Answer what customers' scores are now."""

    store: ScoreReads
    books: LiveBook
    people: PeopleStore
    clock: Clock

    async def one(self, customer: str, most: int) -> Score | None:
        """The score with its `most` weightiest entries; None for a customer without acts, also
        where they were merged into another."""
        return (await self._standing([customer], most)).get(customer)

    async def survivor(self, customer: str) -> str | None:
        """Whom the acts of a customer count for who was merged into another."""
        return (await self.store.survivors([customer])).get(customer)

    async def many(self, customers: Sequence[str], most: int) -> Mapping[str, Score]:
        """Scores of those customers that have acts; the survivor's of one who was merged."""
        scores = dict(await self._standing(customers, most))
        silent = [customer for customer in customers if customer not in scores]
        survivors = await self.store.survivors(silent) if silent else {}
        if survivors:
            others = await self._standing(list(set(survivors.values())), most)
            scores |= {id: others[one] for id, one in survivors.items() if one in others}
        return scores

    async def exclusions(self, scores: Iterable[Score]) -> Mapping[str, str]:
        """Why those of the customers earn nothing who are excluded: staff or blocked."""
        # Only who has nothing can be one of them, and nearly everybody has something.
        nothing = [one.profile.customer for one in scores if not any(one.profile.sums.values())]
        if not nothing:
            return {}
        people = await self.people.of(nothing)
        return {name: one.excluded for name, one in people.items() if one.excluded}

    async def _standing(self, customers: Sequence[str], most: int) -> Mapping[str, Score]:
        live = await self.books.live()
        profiles = await self.store.profiles(customers)
        entries = await self.store.heaviest(list(profiles), most) if most and profiles else {}
        if (await self.books.live()).number != live.number:
            return await self._standing(customers, most)
        now = epoch_ms(self.clock.now())
        return {
            name: value(profile, entries.get(name, ()), live.formula, now, most)
            for name, profile in profiles.items()
        }
