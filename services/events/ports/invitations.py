"""Where the codes are kept that customers invite others with."""

from collections.abc import Collection
from datetime import datetime
from typing import Protocol

from services.events.domain.invitation import Invitation


class Invitations(Protocol):
    """One invitation a referrer. All raise Unavailable."""

    async def add(self, invitation: Invitation) -> Invitation:
        """The one that the referrer has already, else this one. Raises Conflict if the code is
        taken."""

    async def get(self, code: str) -> Invitation | None: ...

    async def of(self, referrer: str) -> Invitation | None:
        """The invitation of this customer."""

    async def change(self, invitation: Invitation) -> bool:
        """Put it in the place of the same version, with a higher one, whatever it says of visits;
        False if somebody else was faster or it is gone."""

    async def count_visit(self, code: str, visitor: str, now: datetime) -> bool:
        """Count a visit; the same visitor counts once a day (UTC), and False says that it did.

        `visitor` is kept for two days and must be a hash.
        """

    async def forget(self, subjects: Collection[str]) -> None:
        """Delete what is kept of these ids and aliases: their codes are dead."""
