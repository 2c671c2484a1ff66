"""What others were told of where customers stand."""

from collections.abc import Sequence
from typing import Protocol

from services.engagement.domain.standing import Standing


class StandingStore(Protocol):
    """One standing a customer, the last that was or is to be announced."""

    async def of(self, customers: Sequence[str]) -> Sequence[Standing]:
        """Those of these customers, in no order."""

    async def between(self, after: str, until: str | None, most: int) -> Sequence[Standing]:
        """At most `most` by customer, of ids in (`after`, `until`]; None: no end."""

    async def keep(self, standings: Sequence[Standing]) -> None:
        """Take standings in, to be announced, each customer at most once. One that is no later than
        what is known changes nothing; nothing is kept of a customer who is erased."""

    async def unannounced(self, most: int) -> Sequence[Standing]:
        """At most `most` that were not announced yet, the oldest first."""

    async def mark_announced(self, standings: Sequence[Standing]) -> None:
        """These were announced; a later one of the same customer still is to be."""

    async def forget(self, customers: Sequence[str]) -> None:
        """Delete what is kept of these."""


class StandingAnnouncer(Protocol):
    """Tells others where customers stand."""

    async def stood(self, standings: Sequence[Standing]) -> None:
        """Durable once this returns; told again after a crash, with the same ids."""
