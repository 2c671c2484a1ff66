"""Where merges are kept, beside the customers whom they change."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from services.events.domain.merging import Merge


class Merges(Protocol):
    """Which customers were merged. All raise Unavailable."""

    async def merge(self, wanted: Merge) -> tuple[Merge, bool]:
        """Make what `domain.merging.begin` says, merge and customers in one transaction, which
        no other merge overlaps. Returns the merge and whether it is new. Raises Conflict."""

    async def undo(self, merge_id: str, now: datetime) -> Merge | None:
        """The same for `domain.merging.undo`; None if there is no such merge. Raises Conflict."""

    async def get(self, merge_id: str) -> Merge | None: ...

    async def page(
        self, customer: str | None, after: tuple[int, str] | None, limit: int
    ) -> Sequence[Merge]:
        """Merges of one customer, given up or not, or all; newest first, behind the time (ms) and
        id of the last one seen."""

    async def redirects(self, customers: Collection[str]) -> Mapping[str, str]:
        """Every merge in force on any way from or to `customers`, as `shared.merging` takes it."""

    async def untold(self, limit: int) -> Sequence[Merge]:
        """Merges that were made or undone, of which others may not know."""

    async def told(self, merge: Merge) -> None:
        """Others know of the merge as it is here."""

    async def forget_sides(self, before: datetime) -> None:
        """Drop the details that merges from before this time keep for being undone."""

    async def forget(self, subjects: Collection[str]) -> None:
        """Delete the merges between these ids, and those that were undone with one of them. One in
        force with somebody else stays."""
