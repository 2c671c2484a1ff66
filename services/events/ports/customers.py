"""Where customers are kept."""

from collections.abc import Collection
from datetime import datetime
from typing import Protocol

from services.events.domain.customer import Details
from shared.contracts.customers import Customer


class Customers(Protocol):
    """The latest word on each customer."""

    async def save(
        self, customer_id: str, details: Details, now: datetime
    ) -> tuple[Customer, bool]:
        """Store under a higher revision; returns it, and whether the customer is new."""

    async def get_customer(self, customer_id: str) -> Customer | None: ...

    async def forget(self, subjects: Collection[str]) -> None:
        """Delete what is kept of these ids and aliases."""
