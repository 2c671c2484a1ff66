"""Under which names somebody is known: ids, also merged ones, and aliases."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from services.events.domain.identity import is_alias
from services.events.domain.pseudonyms import Pseudonyms
from services.events.ports.customers import Customers
from services.events.ports.identities import Identities
from services.events.ports.merges import Merges
from shared.merging import family_of, survivor_of


@dataclass(frozen=True, slots=True)
class KnowPeople:
    """Answers about everybody whom events knows. All methods raise Unavailable."""

    customers: Customers
    identities: Identities
    merges: Merges
    pseudonyms: Pseudonyms

    async def customer(self, subject: str) -> str:
        """The customer whom an id or alias stands for now; the alias itself if that is nobody."""
        known = subject
        if is_alias(subject):
            known = (await self.identities.resolve([subject])).get(subject, subject)
        if is_alias(known):
            return known
        return survivor_of(known, await self.merges.redirects([known]))

    async def names(self, subjects: Collection[str]) -> Mapping[str, frozenset[str]]:
        """Each id or alias with all others of the same person, itself among them."""
        if not subjects:
            return {}
        redirects = await self.merges.redirects([one for one in subjects if not is_alias(one)])
        families = {
            one: frozenset({one} if is_alias(one) else {one, *family_of(one, redirects)})
            for one in subjects
        }
        everybody = {name for family in families.values() for name in family}
        targets = {link.alias: link.target for link in await self.identities.leading_to(everybody)}
        behind: dict[str, set[str]] = {name: set() for name in everybody}
        for alias in targets:
            place = alias
            while (place := targets.get(place, "")) != "":
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
