"""Where refused events are kept."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol

from services.events.domain.quarantine import Quarantined


class Quarantine(Protocol):
    """Refused events, oldest first."""

    async def keep(self, refused: Sequence[Quarantined]) -> None:
        """Durable once this returns; an id that is there already stays as it is.

        Raises Unavailable when it is full.
        """

    async def page(self, after: tuple[datetime, str] | None, limit: int) -> Sequence[Quarantined]:
        """Up to `limit` entries after the given (received_at, id)."""

    async def get(self, entry_id: str) -> Quarantined | None: ...

    async def replace(self, entry: Quarantined) -> bool:
        """Put the mended entry in the place of the one with its id; False if that is gone."""

    async def remove(self, entry_id: str) -> bool:
        """False if it is gone already."""

    async def forget(self, subjects: Collection[str]) -> None:
        """Delete what is kept of these ids and aliases."""
