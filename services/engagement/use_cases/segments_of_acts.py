"""The segments that customers were in when their acts arrived, where a formula asks for any."""

from collections.abc import Sequence
from dataclasses import dataclass

from msgspec.structs import replace

from services.engagement.domain.act import Act
from services.engagement.ports.books import BookStore
from services.engagement.ports.memberships import MembershipReads
from services.engagement.ports.scores import ScoreReads


@dataclass(frozen=True, slots=True)
class SegmentsOfActs:
    """The ledger keeps them with the act, so that what it earns does not change with the segments
    that its customer is in later."""

    books: BookStore
    scores: ScoreReads
    memberships: MembershipReads

    async def __call__(self, acts: Sequence[Act]) -> Sequence[Act]:
        """The acts, each with the segments that it was done in, where the live formula or the one
        beside it asks for any."""
        if not await self._is_asked():
            return acts
        origins = list({act.origin for act in acts})
        survivors = await self.scores.survivors(origins)
        customers = list({survivors.get(origin, origin) for origin in origins})
        found = await self.memberships.segments_of(customers)
        segments = {origin: found.get(survivors.get(origin, origin), ()) for origin in origins}
        return [
            replace(act, segments=segments[act.origin]) if segments[act.origin] else act
            for act in acts
        ]

    async def _is_asked(self) -> bool:
        live = await self.books.live()
        if live.formula.segments:
            return True
        return live.beside is not None and bool((await self.books.formula(live.beside)).segments)
