"""What events needs from outside."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from services.events.domain.customer import Details
from services.events.domain.quarantine import Quarantined
from shared.contracts.cloudevents import CloudEvent
from shared.contracts.customers import Customer


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


class Customers(Protocol):
    """The latest word on each customer."""

    async def save(
        self, customer_id: str, details: Details, now: datetime
    ) -> tuple[Customer, bool]:
        """Store under a higher revision; returns it, and whether the customer is new."""

    async def get_customer(self, customer_id: str) -> Customer | None: ...

    async def erase(self, customer_id: str) -> None:
        """Delete the customer and what the quarantine holds of them."""


class EventStore(Quarantine, Customers, Protocol):
    """Both live in one database."""

    async def ping(self) -> None:
        """Raise Unavailable if the store can't be reached."""


class Acts(Protocol):
    """The topic of acts."""

    async def publish(self, events: Sequence[CloudEvent]) -> None:
        """Durable once this returns. Raises Unavailable."""


class CustomerChanges(Protocol):
    """The topic of customers."""

    async def changed(self, customer_id: str, customer: Customer, now: datetime) -> None:
        """Durable once this returns. Raises Unavailable."""

    async def erased(self, customer_id: str) -> None:
        """Durable once this returns. Raises Unavailable."""
