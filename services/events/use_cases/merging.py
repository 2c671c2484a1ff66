"""Two ids turn out to be one person, or after all not: kept, then told."""

from collections.abc import Callable
from dataclasses import dataclass

from services.events.domain.admission import check_own_id
from services.events.domain.merging import UNDO_FOR, Merge
from services.events.ports.merges import Merges
from services.events.use_cases.customers import KeepCustomers
from shared.clock import Clock
from shared.errors import Invalid

AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class MergeCustomers:
    """Merge customers, and undo it. What a crash has kept others from being told is told by the
    same request again, or by `catch_up`."""

    merges: Merges
    customers: KeepCustomers
    clock: Clock
    ids: Callable[[], str]

    async def merge(
        self, source: str, target: str, by: str, reason: str | None
    ) -> tuple[Merge, bool]:
        """Give up `source` for `target`; returns the merge and whether it is new.

        Raises Invalid; Conflict where one of the two was given up already; Unavailable.
        """
        check_own_id(source, "/from")
        check_own_id(target, "/into")
        if source == target:
            raise Invalid("the same customer as in from", "/into")
        wanted = Merge(self.ids(), source, target, by, self.clock.now(), reason)
        merge, is_new = await self.merges.merge(wanted)
        await self._tell(merge)
        return merge, is_new

    async def undo(self, merge_id: str) -> Merge | None:
        """Both get their own life back; None if there is no such merge.

        Raises Conflict when it is too late, or the target was merged on; Unavailable.
        """
        merge = await self.merges.undo(merge_id, self.clock.now())
        if merge is not None:
            await self._tell(merge)
        return merge

    async def catch_up(self) -> bool:
        """Tell what is untold, and drop what nobody can undo any more; whether there may be more
        to do. Raises Unavailable."""
        untold = await self.merges.untold(AT_ONCE)
        for merge in untold:
            await self._tell(merge)
        await self.merges.forget_sides(self.clock.now() - UNDO_FOR)
        return len(untold) == AT_ONCE

    async def _tell(self, merge: Merge) -> None:
        await self.customers.tell(merge.target)
        await self.customers.tell(merge.source)
        await self.merges.told(merge)
