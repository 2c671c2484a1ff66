"""People as platforms know them become customers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from services.events.domain.admission import check_own_id
from services.events.domain.contact import is_email_address
from services.events.domain.identity import Link, Person, check_alias
from services.events.domain.introduction import Introduction, waves
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
        verified = [self._verified(person) for person in people]
        pairs = list(zip(people, verified, strict=True))
        for wave in waves(pairs, [{p.alias, p.customer_id, *names} for p, names in pairs]):
            await self._introduce(wave)

    async def _introduce(self, people: Sequence[tuple[Person, Sequence[str]]]) -> None:
        """None of them shares a name with another."""
        found = await self._find(people)
        introductions = [Introduction(found[p.alias], p, verified) for p, verified in people]
        for wave in waves(introductions, [{one.customer_id} for one in introductions]):
            await self.customers.introduce(wave)
        await self.customers.aliases.link.claim_behind({person.alias for person, _ in people})

    async def _find(self, people: Sequence[tuple[Person, Sequence[str]]]) -> Mapping[str, str]:
        """The customers by their aliases, which are linked to them."""
        identities = self.customers.aliases.link.identities
        names = {name for person, verified in people for name in (person.alias, *verified)}
        known = await identities.resolve(names)
        links = [
            Link(person.alias, next((known[name] for name in verified if name in known), own))
            for person, verified in people
            if person.alias not in known
            for own in (person.customer_id,)
        ]
        refused = await identities.link(links, "connector", self.customers.clock.now())
        # Somebody else was faster, and whom they have linked it to holds it.
        holders = await identities.resolve({link.alias for link in refused}) if refused else {}
        return {**{link.alias: link.target for link in links}, **known, **holders}

    def _verified(self, person: Person) -> Sequence[str]:
        """The alias of the address that the platform has seen the person read."""
        if person.email_verified and person.email and is_email_address(person.email):
            return [self.customers.aliases.pseudonyms.email(person.email)]
        return []
