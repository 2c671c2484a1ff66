"""What others are told."""

from collections.abc import Sequence
from typing import Protocol

from services.engagement.domain.act import Act
from services.engagement.domain.ledger import Entry


class Announcer(Protocol):
    """Tells others what an act was worth."""

    async def scored(self, entries: Sequence[tuple[Act, Entry]]) -> None:
        """Durable once this returns; told again after a crash, with the same ids."""
