"""Find out whose level, segments or circles others know no longer, and tell them."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from itertools import chain

from services.engagement.domain.formula import Formula
from services.engagement.domain.membership import Membership
from services.engagement.domain.profile import value
from services.engagement.domain.standing import Standing, changed, places
from services.engagement.ports.books import LiveBook
from services.engagement.ports.memberships import MembershipReads
from services.engagement.ports.scores import ScoreReads
from services.engagement.ports.standings import StandingAnnouncer, StandingStore
from shared.clock import Clock, epoch_ms

AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class KeepStandings:
    """Only what differs is written. What a crash cuts off, the next refresh finds to differ.

    Nothing is told of an id that was merged: its last standing stays, to be compared with should
    it stand for itself again. `wake` is called where there is something to announce.
    """

    standings: StandingStore
    memberships: MembershipReads
    scores: ScoreReads
    books: LiveBook
    clock: Clock
    wake: Callable[[], None]

    async def compare(
        self,
        told: Iterable[Standing],
        levels: Mapping[str, str],
        memberships: Iterable[Membership],
        formula: Formula,
    ) -> None:
        """`told` is all that is kept, and `memberships` are all, of some customers; `levels` are
        of those of them who have a profile. Raises Unavailable."""
        lowest = formula.levels[0].name
        now = epoch_ms(self.clock.now())
        new = changed(told, places(levels, memberships, lowest), lowest, now)
        doubtful = [one.customer for one in new if one.customer not in levels]
        merged = await self.scores.survivors(doubtful) if doubtful else {}
        if new := [one for one in new if one.customer not in merged]:
            await self.standings.keep(new)
            self.wake()

    async def look(self, customers: Collection[str]) -> None:
        """Something was decided about these. Raises Unavailable."""
        ids = list(customers)
        formula = (await self.books.live()).formula
        profiles = await self.scores.profiles(ids)
        now = epoch_ms(self.clock.now())
        levels = {id: value(one, (), formula, now, 0).level.name for id, one in profiles.items()}
        belonging = await self.memberships.of(ids)
        memberships = chain.from_iterable(belonging.values())
        await self.compare(await self.standings.of(ids), levels, memberships, formula)


@dataclass(frozen=True, slots=True)
class AnnounceStandings:
    """Publish, then note that it is published: a crash in between publishes the same again."""

    standings: StandingStore
    announcer: StandingAnnouncer

    async def __call__(self) -> bool:
        """One round; whether there may be more to do. Raises Unavailable."""
        found = await self.standings.unannounced(AT_ONCE)
        if found:
            await self.announcer.stood(found)
            await self.standings.mark_announced(found)
        return len(found) == AT_ONCE
