"""What others are told."""

from collections.abc import Sequence
from typing import Protocol

from services.engagement.domain.act import Act
from services.engagement.domain.ledger import Entry
from services.engagement.domain.moment import Moment


class Announcer(Protocol):
    """Tells others what an act was worth."""

    async def scored(self, entries: Sequence[tuple[Act, Entry]]) -> None:
        """Durable once this returns; told again after a crash, with the same ids."""


class MomentAnnouncer(Protocol):
    """Tells others of moments."""

    async def occurred(self, moments: Sequence[Moment]) -> None:
        """Durable once this returns; told again after a crash, with the same ids."""
