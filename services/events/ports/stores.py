"""All that events keeps, in one database."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from services.events.ports.customers import Customers
from services.events.ports.forgetting import Forgetting
from services.events.ports.quarantine import Quarantine


@dataclass(frozen=True, slots=True)
class Stores:
    """`ping` raises Unavailable if the database can't be reached."""

    ping: Callable[[], Awaitable[None]]
    customers: Customers
    quarantine: Quarantine

    @property
    def forgetting(self) -> Sequence[Forgetting]:
        """Everything that an erasure reaches, in its order."""
        return (self.customers, self.quarantine)
