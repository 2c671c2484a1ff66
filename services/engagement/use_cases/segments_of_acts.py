"""The segments that customers were in when their acts arrived, where the formula asks for any."""

from collections.abc import Sequence
from dataclasses import dataclass

from msgspec.structs import replace

from services.engagement.domain.act import Act
from services.engagement.ports.books import LiveBook
from services.engagement.ports.memberships import MembershipReads
from services.engagement.ports.scores import ScoreReads


@dataclass(frozen=True, slots=True)
class SegmentsOfActs:
    """The ledger keeps them with the act, so that what it earns does not change with the segments
    that its customer is in later."""

    books: LiveBook
    scores: ScoreReads
    memberships: MembershipReads

    async def __call__(self, acts: Sequence[Act]) -> Sequence[Act]:
        """The acts, each with those of the formula's segments that it was done in."""
        asked = (await self.books.live()).formula.segments
        if not asked:
            return acts
        origins = list({act.origin for act in acts})
        survivors = await self.scores.survivors(origins)
        customers = list({survivors.get(origin, origin) for origin in origins})
        found = await self.memberships.segments_of(customers)
        segments = {
            origin: tuple(
                name for name in found.get(survivors.get(origin, origin), ()) if name in asked
            )
            for origin in origins
        }
        return [
            replace(act, segments=segments[act.origin]) if segments[act.origin] else act
            for act in acts
        ]
