"""Who is who, looked up."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from services.events.domain.identity import Linked
from services.events.domain.pseudonyms import Pseudonyms
from services.events.ports.identities import Identities
from services.events.ports.merges import Merges
from shared.merging import family_of, survivor_of


@dataclass(frozen=True, slots=True)
class Known:
    """A link, and the customer it leads to; None while it leads to nobody."""

    link: Linked
    customer: str | None


@dataclass(frozen=True, slots=True)
class FindPeople:
    """Customers by what others know of them. Everything raises Unavailable."""

    identities: Identities
    merges: Merges
    pseudonyms: Pseudonyms

    async def customers(self, aliases: Collection[str]) -> Mapping[str, str]:
        """The customers of those aliases that have one, under the id that answers for them."""
        found = await self.identities.resolve(aliases)
        redirects = await self.merges.redirects(set(found.values()))
        return {alias: survivor_of(customer, redirects) for alias, customer in found.items()}

    async def alias(self, alias: str) -> Known | None:
        """What is known of an alias."""
        links = await self.identities.get([alias])
        customers = await self.customers([alias])
        return Known(links[0], customers.get(alias)) if links else None

    async def aliases(self, customer_id: str) -> Sequence[Known]:
        """All aliases that lead to a customer, or to one who was merged into them, in order."""
        redirects = await self.merges.redirects([customer_id])
        survivor = survivor_of(customer_id, redirects)
        links = await self.identities.leading_to(family_of(customer_id, redirects))
        return [Known(link, survivor) for link in sorted(links, key=lambda one: one.alias)]
