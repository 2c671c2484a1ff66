"""Who is who, looked up: the customer behind an alias, and all the names of a customer."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from services.events.domain.identity import NO_NAMES, Linked, is_alias
from services.events.domain.linking import LONGEST_CHAIN
from services.events.domain.pseudonyms import Pseudonyms
from services.events.ports.customers import Customers
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
    """Answers about everybody whom events knows. Everything raises Unavailable."""

    customers: Customers
    identities: Identities
    merges: Merges
    pseudonyms: Pseudonyms

    async def behind(self, aliases: Collection[str]) -> Mapping[str, str]:
        """The customers of those aliases that have one, under the id that answers for them."""
        found = await self.identities.resolve(aliases)
        redirects = await self.merges.redirects(set(found.values()))
        return {alias: survivor_of(customer, redirects) for alias, customer in found.items()}

    async def customer(self, subject: str) -> str:
        """The customer whom an id or alias stands for now; the alias itself if that is nobody."""
        if is_alias(subject):
            return (await self.behind([subject])).get(subject, subject)
        return survivor_of(subject, await self.merges.redirects([subject]))

    async def alias(self, alias: str) -> Known | None:
        """What is known of an alias."""
        links = await self.identities.get([alias])
        customers = await self.behind([alias])
        return Known(links[0], customers.get(alias)) if links else None

    async def aliases(self, customer_id: str) -> Sequence[Known]:
        """All aliases that lead to a customer, or to one who was merged into them, in order."""
        redirects = await self.merges.redirects([customer_id])
        survivor = survivor_of(customer_id, redirects)
        links = await self.identities.leading_to(family_of(customer_id, redirects))
        return [Known(link, survivor) for link in sorted(links, key=lambda one: one.alias)]

    async def ids(self, customer_id: str) -> frozenset[str]:
        """Every id of the same person, this one among them."""
        return family_of(customer_id, await self.merges.redirects([customer_id]))

    async def names(self, subjects: Collection[str]) -> Mapping[str, frozenset[str]]:
        """Each id or alias with all others of the same person, itself among them; orders and
        discussions are no names."""
        if not subjects:
            return {}
        redirects = await self.merges.redirects([one for one in subjects if not is_alias(one)])
        merged = {*redirects, *redirects.values()}
        families = {
            one: family_of(one, redirects) if one in merged else frozenset({one})
            for one in subjects
        }
        everybody = {name for family in families.values() for name in family}
        links = await self.identities.leading_to(everybody, leaving_out=NO_NAMES)
        targets = {link.alias: link.target for link in links}
        behind: dict[str, set[str]] = {name: set() for name in everybody}
        for alias in targets:
            place = alias
            for _ in range(LONGEST_CHAIN):  # Links that are just being made can close a circle.
                place = targets.get(place, "")
                if place in behind:
                    behind[place].add(alias)
        return {
            one: family.union(*(behind[name] for name in family))
            for one, family in families.items()
        }

    async def everything(self, subject: str) -> frozenset[str]:
        """All names of the customer behind `subject`, hashes of their address and number among
        them, also of those that somebody else was known by first."""
        known = await self.customer(subject)
        names = {subject, *(await self.names([known]))[known]}
        for one in [name for name in names if not is_alias(name)]:
            customer = await self.customers.get_customer(one)
            if customer is not None:
                names |= {*customer.aliases}
                names |= {*self.pseudonyms.of(customer.email, customer.phone)}
        return frozenset(names)
