"""Where acts wait until their alias is linked."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol

from services.events.domain.waiting import Waiting
from shared.contracts.cloudevents import CloudEvent


class Unclaimed(Protocol):
    """Acts by the alias that is their subject. All raise Unavailable."""

    async def keep(self, acts: Sequence[CloudEvent], now: datetime) -> None:
        """Durable once this returns; one with a (source, id) that is there stays as it was.

        Raises Unavailable also when it is full.
        """

    async def acts_of(self, aliases: Collection[str], limit: int) -> Sequence[CloudEvent]:
        """Up to `limit` acts that wait for one of these, in the order in which they came."""

    async def remove(self, acts: Sequence[CloudEvent]) -> None:
        """Take out what was claimed, by (source, id)."""

    async def aliases(self, after: str, limit: int) -> Sequence[str]:
        """The next aliases with acts, in order, those behind `after`; none at the end only."""

    async def waiting(self, after: str, limit: int) -> Sequence[Waiting]:
        """Up to `limit` aliases with acts, in order, those behind `after`; "" begins."""

    async def count(self) -> int:
        """How many acts wait."""

    async def expire(self, before: datetime) -> int:
        """Delete what has waited since before then; returns how many."""

    async def forget(self, subjects: Collection[str]) -> None:
        """Delete what waits for these."""
