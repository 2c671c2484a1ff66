"""What events tells others."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from shared.contracts.cloudevents import CloudEvent
from shared.contracts.customers import Customer


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
