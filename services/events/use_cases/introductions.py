"""People as platforms know them become customers."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.events.domain.admission import check_own_id
from services.events.domain.contact import is_email_address
from services.events.domain.identity import Link, Person, check_alias
from services.events.use_cases.customers import KeepCustomers


@dataclass(frozen=True, slots=True)
class IntroducePeople:
    """Find the customer of each account, or make one."""

    customers: KeepCustomers

    async def __call__(self, people: Sequence[Person]) -> None:
        """Link each account's alias, and fill in what its platform says.

        The same may be said again, and by two replicas at once. Raises Invalid with a pointer
        into `people`; Unavailable.
        """
        for index, person in enumerate(people):
            check_alias(person.alias, f"/{index}/alias")
            check_own_id(person.customer_id, f"/{index}/customer_id")
        for person in people:
            await self._introduce(person)

    async def _introduce(self, person: Person) -> None:
        aliases = self.customers.aliases
        verified: list[str] = []
        if person.email_verified and person.email and is_email_address(person.email):
            verified.append(aliases.pseudonyms.email(person.email))
        customer_id = await self._find(person, verified)
        await self.customers.introduce(customer_id, person, verified)
        await aliases.link.claim_behind([person.alias])

    async def _find(self, person: Person, verified: Sequence[str]) -> str:
        identities = self.customers.aliases.link.identities
        known = await identities.resolve([person.alias, *verified])
        if person.alias in known:
            return known[person.alias]
        customer_id = next(iter(known.values()), person.customer_id)
        now = self.customers.clock.now()
        refused = await identities.link([Link(person.alias, customer_id)], "connector", now)
        if not refused:
            return customer_id
        # Somebody else was faster, and whom they have linked it to holds it.
        return (await identities.resolve([person.alias])).get(person.alias, customer_id)
