"""Answer which segments and circles there are, and who belongs to them."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from services.engagement.domain.membership import Group, Membership
from services.engagement.ports.memberships import MembershipReads
from services.engagement.ports.round_memory import RoundMemory
from services.engagement.use_cases.segmenting import last_refresh
from shared.clock import from_epoch_ms
from shared.programme.groups import Circle, Segment

_AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class Counts:
    """Members by group; `refreshed` is when those by rule were found out last."""

    members: Mapping[Group, int]
    refreshed: datetime | None


@dataclass(frozen=True, slots=True)
class ReadGroups:
    """The programme's groups, and members of each."""

    memberships: MembershipReads
    memory: RoundMemory
    segments: Mapping[str, Segment]
    circles: Mapping[str, Circle]

    async def counts(self) -> Counts:
        """Of all groups at once."""
        last = await last_refresh(self.memory)
        refreshed = None if last is None else from_epoch_ms(last.time)
        return Counts(await self.memberships.counts(), refreshed)

    async def page(self, group: Group, after: str, most: int) -> Sequence[Membership]:
        """At most `most` members from behind `after`, in the order of their ids."""
        return await self.memberships.members(group, after, most)

    async def everybody(self, group: Group) -> AsyncIterator[Sequence[Membership]]:
        """All members, some at a time."""
        after = ""
        while members := await self.memberships.members(group, after, _AT_ONCE):
            yield members
            after = members[-1].customer
