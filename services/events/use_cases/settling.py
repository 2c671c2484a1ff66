"""Aliases that come with what is known of a customer: those listed, and hashes of contacts."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from services.events.domain.identity import Link
from services.events.domain.pseudonyms import Pseudonyms
from services.events.use_cases.identities import LinkAliases
from shared.contracts.customers import Customer
from shared.errors import Conflict


@dataclass(frozen=True, slots=True)
class SettleAliases:
    """Links what a customer's record says, and takes back what it no longer says."""

    link: LinkAliases
    pseudonyms: Pseudonyms

    async def reserve(
        self, customer_id: str, aliases: Sequence[str], same: Collection[str] = ()
    ) -> None:
        """Link the aliases that the shop lists; those that lead to one of `same`, who is the same
        person, stay theirs. Raises Conflict with the place of the first one that is another
        customer's, and then links none; Unavailable."""
        holders = await self.link.identities.resolve(aliases)
        links: list[Link] = []
        for place, alias in enumerate(aliases):
            holder = holders.get(alias, customer_id)
            if holder == customer_id:
                links.append(Link(alias, customer_id))
            elif holder not in same:
                raise _taken(place)
        refused = await self.link.identities.link(links, "shop", self.link.clock.now())
        if refused:
            # Somebody else was faster.
            news = [link for link in links if link.alias not in holders and link not in refused]
            await self.link.identities.unlink(news)
            raise _taken(aliases.index(refused[0].alias))

    async def settle(
        self,
        records: Mapping[str, Customer | None],
        verified: Mapping[str, Collection[str]] | None = None,
    ) -> None:
        """Make the links fit the customers' records, and claim what waited for them.

        Of their hashes only those in `verified` become aliases, if that is given: what a platform
        has not verified can be anybody's. A hash that another customer holds stays theirs, since
        households share addresses. Links by anybody else's word stay. Raises Unavailable.
        """
        listed = [
            Link(alias, customer_id)
            for customer_id, stands in records.items()
            for alias in (stands.aliases if stands else ())
        ]
        hashed = [
            Link(alias, customer_id)
            for customer_id, stands in records.items()
            for alias in (self.pseudonyms.of(stands.email, stands.phone) if stands else ())
        ]
        await self._unlink_all_but(records.keys(), {*listed, *hashed})
        good = [
            link
            for link in hashed
            if verified is None or link.alias in verified.get(link.target, ())
        ]
        now = self.link.clock.now()
        await self.link.identities.link(listed, "shop", now)
        await self.link.identities.link(good, "contact", now)
        await self.link.claim_behind({link.alias for link in (*listed, *good)})

    async def _unlink_all_but(self, customers: Collection[str], wanted: Collection[Link]) -> None:
        standing = await self.link.identities.leading_to(customers)
        unwanted = [
            link
            for one in standing
            if one.target in customers and one.by in ("shop", "contact")
            for link in (Link(one.alias, one.target),)
            if link not in wanted
        ]
        await self.link.identities.unlink(unwanted)


def _taken(place: int) -> Conflict:
    return Conflict(
        "This alias belongs to another customer; who may write customers can move it:"
        " PUT /v1/aliases/{alias} with move",
        f"/aliases/{place}",
    )
