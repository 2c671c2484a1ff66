"""Make a moment for each member of a circle when one of its touchpoints occurs."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from services.engagement.domain.touchpoint import CATCH_UP, Occasion
from services.engagement.ports.leases import LeaseStore
from services.engagement.ports.memberships import MembershipReads
from services.engagement.ports.moments import MomentStore
from services.engagement.ports.people import PeopleStore
from services.engagement.ports.round_memory import RoundMemory
from shared.clock import Clock, epoch_ms

NAME = "touchpoints"
LEASE = timedelta(minutes=1)
_AT_ONCE = 500

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class MeetTouchpoints:
    """Of many replicas one works. An occurrence is remembered once all its moments are kept; after
    a crash they are made again, with the same ids. One that was missed is made up for within
    CATCH_UP if it is the latest. A touchpoint begins to count when it is first seen here. Who is
    excluded at the time has none.
    """

    occasions: Sequence[Occasion]
    memberships: MembershipReads
    people: PeopleStore
    moments: MomentStore
    leases: LeaseStore
    memory: RoundMemory
    clock: Clock
    owner: str
    wake: Callable[[], None]

    async def __call__(self) -> bool:
        """False, since there is nothing more to do at once."""
        if self.occasions and await self._hold():
            try:
                for occasion in self.occasions:
                    await self._meet(occasion)
            finally:
                await self.leases.release(NAME, self.owner)
        return False

    async def _meet(self, occasion: Occasion) -> None:
        now = self.clock.now()
        key = f"touchpoint {occasion.name}"
        seen = await self.memory.recall(key)
        if seen is None:
            await self.memory.remember(key, now.isoformat())
            return
        occurrences = occasion.occurrences(datetime.fromisoformat(seen), now)
        if not occurrences:
            return
        *skipped, latest = occurrences
        late = now - latest > CATCH_UP
        if skipped or late:
            log.warning(
                "touchpoints_skipped",
                touchpoint=occasion.name,
                occurrences=len(skipped) + late,
            )
        if late or await self._make(occasion, latest):
            await self.memory.remember(key, latest.isoformat())

    async def _make(self, occasion: Occasion, occurrence: datetime) -> bool:
        """Whether all moments are kept; not if the lease was lost."""
        after, count = "", 0
        while members := await self.memberships.members(occasion.group, after, _AT_ONCE):
            if not await self._hold():
                return False
            customers = await self._welcome([one.customer for one in members])
            await self.moments.keep([occasion.moment(one, occurrence) for one in customers])
            after, count = members[-1].customer, count + len(customers)
        self.wake()
        log.info("touchpoint_met", touchpoint=occasion.name, members=count)
        return True

    async def _welcome(self, customers: Sequence[str]) -> Sequence[str]:
        people = await self.people.of(customers)
        return [one for one in customers if one not in people or not people[one].excluded]

    async def _hold(self) -> bool:
        now = epoch_ms(self.clock.now())
        until = now + LEASE // timedelta(milliseconds=1)
        return await self.leases.take(NAME, self.owner, now, until)
