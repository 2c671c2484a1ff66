"""Who customers are: said, told, forgotten."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.events.domain.admission import check_customer_id
from services.events.domain.customer import Details
from services.events.ports.customers import Customers
from services.events.ports.forgetting import Forgetting
from services.events.ports.topics import CustomerChanges
from shared.clock import Clock
from shared.contracts.customers import Customer


@dataclass(frozen=True, slots=True)
class KeepCustomers:
    """Say who a customer is, or forget them."""

    store: Customers
    changes: CustomerChanges
    clock: Clock
    forgetting: Sequence[Forgetting]

    async def put(self, customer_id: str, details: Details) -> tuple[Customer, bool]:
        """Store, then tell. After a crash in between the sender, who got no answer, repeats it.

        Returns the customer and whether it is new. Raises Invalid, Unavailable.
        """
        check_customer_id(customer_id, "/id")
        now = self.clock.now()
        customer, new = await self.store.save(customer_id, details, now)
        await self.changes.changed(customer_id, customer, now)
        await self._tell_what_stands(customer_id, customer)
        return customer, new

    async def erase(self, customer_id: str) -> None:
        """Forget here, then tell everybody to forget; also when nothing is known here, since
        acts may be known elsewhere. Raises Invalid, Unavailable."""
        check_customer_id(customer_id, "/id")
        for one in self.forgetting:
            await one.forget([customer_id])
        await self.changes.erased(customer_id)
        await self._tell_what_stands(customer_id, None)

    async def _tell_what_stands(self, customer_id: str, told: Customer | None) -> None:
        """Somebody else may have stored later and told earlier; the last word must be what is
        stored, or an erased customer would come back."""
        while (stands := await self.store.get_customer(customer_id)) != told:
            if stands is None:
                await self.changes.erased(customer_id)
            else:
                await self.changes.changed(customer_id, stands, self.clock.now())
            told = stands
