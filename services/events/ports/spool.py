"""Where acts wait while the topic is away."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from shared.contracts.cloudevents import CloudEvent


@dataclass(frozen=True, slots=True)
class Spooled:
    """An act that waits; `key` is its place in the spool."""

    key: str
    event: CloudEvent


class Spool(Protocol):
    """Acts that were accepted and have not reached the topic; bounded."""

    async def keep(self, events: Sequence[CloudEvent], now: datetime) -> None:
        """Durable once this returns; an act that waits already waits once.

        Raises Unavailable when there is no room for all of them.
        """

    async def take(self, limit: int, now: datetime) -> Sequence[Spooled]:
        """Up to `limit` acts, the longest waiting first, that nobody else gets for a minute."""

    async def remove(self, keys: Collection[str]) -> None:
        """They have reached the topic."""

    async def count(self) -> int:
        """How many wait. Raises Unavailable if the store can't be reached."""

    async def forget(self, subjects: Collection[str]) -> None:
        """Delete what is kept of these ids and aliases."""
