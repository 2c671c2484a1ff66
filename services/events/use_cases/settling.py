"""Aliases that come with what is known of a customer: those listed, and hashes of contacts."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from services.events.domain.identity import By, Link
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
            raise _taken(aliases.index(refused[0].alias))

    async def settle(
        self, customer_id: str, stands: Customer | None, verified: Collection[str] | None = None
    ) -> None:
        """Make the links fit the record, and claim what waited for them.

        Of its hashes only those in `verified` become aliases, if that is given: what a platform
        has not verified can be anybody's. A hash that another customer holds stays theirs, since
        households share addresses. Links by anybody else's word stay. Raises Unavailable.
        """
        listed = list(stands.aliases) if stands else []
        hashed = self.pseudonyms.of(stands.email, stands.phone) if stands else []
        await self._unlink_all_but(customer_id, {*listed, *hashed})
        good = [alias for alias in hashed if verified is None or alias in verified]
        await self._link(customer_id, listed, "shop")
        await self._link(customer_id, good, "contact")
        await self.link.claim_behind({*listed, *good})

    async def _link(self, customer_id: str, aliases: Sequence[str], by: By) -> None:
        links = [Link(alias, customer_id) for alias in aliases]
        await self.link.identities.link(links, by, self.link.clock.now())

    async def _unlink_all_but(self, customer_id: str, wanted: set[str]) -> None:
        standing = await self.link.identities.leading_to([customer_id])
        await self.link.identities.unlink(
            [
                Link(one.alias, one.target)
                for one in standing
                if one.target == customer_id
                and one.by in ("shop", "contact")
                and one.alias not in wanted
            ]
        )


def _taken(place: int) -> Conflict:
    return Conflict(
        "This alias belongs to another customer; who may write customers can move it:"
        " PUT /v1/aliases/{alias} with move",
        f"/aliases/{place}",
    )
