"""Keep what is known of customers, and let it count for what was held."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from services.notifier.domain.customer import Customer
from services.notifier.ports import CaseChange, Stores
from shared.clock import Clock, epoch_ms


@dataclass(frozen=True, slots=True)
class KeepCustomers:
    """Customers change, and are erased. `wake` is called when held acts can be decided."""

    stores: Stores
    clock: Clock
    wake: Callable[[], None]

    async def __call__(self, customers: Sequence[Customer]) -> None:
        """Take the newest of each customer in."""
        if not customers:
            return
        newest: dict[str, Customer] = {}
        for customer in customers:
            known = newest.get(customer.id)
            if known is None or (known.revision or 0) <= (customer.revision or 0):
                newest[customer.id] = customer
        await self.stores.customers.put(list(newest.values()))
        # Also those that stand already: a crash may have come before their held acts were woken.
        await self.stores.decisions.wake(list(newest), epoch_ms(self.clock.now()))
        self.wake()

    async def erase(self, customer: str) -> None:
        """The sender removes what channels hold of the customer's messages."""
        await self.stores.customers.erase(customer)
        self.wake()


@dataclass(frozen=True, slots=True)
class KeepCases:
    """Which customers have an open case."""

    stores: Stores
    clock: Clock
    wake: Callable[[], None]

    async def __call__(self, changes: Sequence[CaseChange]) -> None:
        """Take the changes in, in order."""
        if not changes:
            return
        await self.stores.customers.change_cases(changes)
        closed = list({change.customer for change in changes if not change.is_open})
        if closed:
            await self.stores.decisions.wake(closed, epoch_ms(self.clock.now()))
            self.wake()
