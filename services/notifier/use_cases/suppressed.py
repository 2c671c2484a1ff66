"""Which of somebody's addresses must not be used."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from services.notifier.domain.customer import Customer
from services.notifier.domain.policy import Route
from services.notifier.domain.suppression import address_digest
from services.notifier.ports.suppressions import SuppressionStore


@dataclass(frozen=True, slots=True)
class WithSuppressed:
    """Customers, with what is suppressed of the addresses of `routes`."""

    suppressions: SuppressionStore
    routes: Mapping[str, Route]
    key: str

    async def __call__(self, customers: Sequence[Customer]) -> Mapping[str, Customer]:
        """By id. Raises Unavailable."""
        digests = {one.id: self._digests(one) for one in customers}
        wanted = {digest for of_one in digests.values() for digest in of_one.values()}
        found = await self.suppressions.among(wanted) if wanted else {}
        if not found:
            return {one.id: one for one in customers}
        return {
            one.id: replace(
                one,
                suppressed={
                    channel: found[digest].cause
                    for channel, digest in digests[one.id].items()
                    if digest in found
                },
            )
            for one in customers
        }

    def _digests(self, customer: Customer) -> Mapping[str, str]:
        """Of each channel's address; one that is the customer's own id is no address."""
        digests: dict[str, str] = {}
        for name, route in self.routes.items():
            address = customer.address(route.address) if route.address != "customer" else None
            if address:
                digests[name] = address_digest(self.key, route.address, address)
        return digests
