"""Customers become known, are merged and erased."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.engagement.domain.customer import CustomerRecord
from services.engagement.ports.customers import CustomerStore
from services.engagement.ports.people import PeopleStore, PersonRecord
from services.engagement.ports.standings import StandingStore
from services.engagement.ports.timeline import TimelineStore
from services.engagement.use_cases.circles import KeepCircles


@dataclass(frozen=True, slots=True)
class Told:
    """One record of requite.customers.v1: whom acts count for, and who it is."""

    record: CustomerRecord
    person: PersonRecord


@dataclass(frozen=True, slots=True)
class KeepCustomers:
    """Each step can be repeated, so what a crash cut off is made whole by the same records."""

    customers: CustomerStore
    people: PeopleStore
    timeline: TimelineStore
    circles: KeepCircles
    standings: StandingStore

    async def __call__(self, told: Sequence[Told]) -> None:
        """Take records in, in order for each customer."""
        await self.customers.keep([one.record for one in told])
        await self.people.keep([one.person for one in told])
        await self.circles.follow([one.record.customer for one in told])

    async def erase(self, customer: str, request: str) -> None:
        """Nothing personal is left of `customer`; ids merged into it are told of on their own.

        First they stand as erased, so that what is told of them at the same moment is either
        refused, or there to be deleted now.
        """
        await self.customers.erase(customer, request)
        await self.people.forget([customer])
        await self.timeline.forget([customer])
        await self.circles.forget(customer)
        await self.standings.forget([customer])
