"""Where customers are kept."""

from collections.abc import Collection
from datetime import datetime
from typing import Protocol

from services.events.domain.customer import Details
from services.events.domain.identity import Person
from shared.contracts.customers import Customer


class Customers(Protocol):
    """The latest word on each customer."""

    async def save(
        self, customer_id: str, details: Details, now: datetime
    ) -> tuple[Customer, bool]:
        """Store by `said_anew`, under a higher revision; returns it, and whether the customer is
        new. Raises Conflict for one who was merged."""

    async def introduce(self, customer_id: str, person: Person, now: datetime) -> Customer | None:
        """Fill in what a platform says, by `domain.introduction`. Returns the customer where that
        changed something, or where an earlier change has not been marked as told. Raises Conflict
        for one who was merged."""

    async def mark_told(self, customer_id: str, revision: int) -> None:
        """What `introduce` returned with this revision is on the topic."""

    async def get_customer(self, customer_id: str) -> Customer | None: ...

    async def forget(self, subjects: Collection[str]) -> None:
        """Delete what is kept of these ids and aliases."""
