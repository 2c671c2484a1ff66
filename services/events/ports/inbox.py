"""Where deliveries wait, from the answer to the platform until they are carried out."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from services.events.domain.arrival import Arrived

LEASE = timedelta(minutes=1)


class Inbox(Protocol):
    """Deliveries in the order in which they came; bounded. All raise Unavailable.

    They hold personal data that nobody has read yet, so an erasure can't find it: it stays for the
    seconds until they are carried out, and what they say of the person is then said after the
    erasure, as if it had come after it.
    """

    async def put(self, arrived: Sequence[Arrived]) -> None:
        """Durable once this returns. Raises Unavailable when there is no room for all of them."""

    async def take(self, owner: str, limit: int, now: datetime) -> Sequence[Arrived]:
        """Up to `limit`, fewer if they are large, that nobody but `owner` gets for a minute.

        What `owner` holds already comes again, in its place: `owner` takes, removes, and only
        then takes more.
        """

    async def remove(self, ids: Collection[str]) -> None:
        """They are carried out."""

    async def count(self) -> int:
        """How many wait."""
