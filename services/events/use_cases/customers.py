"""Who customers are: said, told, forgotten."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from services.events.domain.admission import check_own_id
from services.events.domain.customer import Details
from services.events.domain.introduction import Introduction
from services.events.ports.customers import Customers
from services.events.ports.erased import Erased
from services.events.ports.forgetting import Forgetting
from services.events.ports.merges import Merges
from services.events.ports.topics import CustomerChanges
from services.events.use_cases.settling import SettleAliases
from shared.clock import Clock
from shared.concurrency import for_each
from shared.contracts.customers import Customer
from shared.errors import Conflict
from shared.merging import family_of, survivor_of


@dataclass(frozen=True, slots=True)
class KeepCustomers:
    """Say who a customer is, or forget them."""

    store: Customers
    changes: CustomerChanges
    clock: Clock
    forgetting: Sequence[Forgetting]
    aliases: SettleAliases
    merges: Merges
    erased: Erased

    async def put(self, customer_id: str, details: Details) -> tuple[Customer, bool]:
        """Store, then tell. After a crash in between the sender, who got no answer, repeats it.

        Returns the customer and whether it is new. Raises Invalid; Conflict for an alias of
        somebody else and for one who was merged, and then nothing is stored; Unavailable.
        """
        check_own_id(customer_id, "/id")
        redirects = await self.merges.redirects([customer_id])
        survivor = survivor_of(customer_id, redirects)
        if survivor != customer_id:
            raise Conflict(f"This customer was merged into {survivor}: say it of that one")
        same = family_of(customer_id, redirects) - {customer_id}
        await self.aliases.reserve(customer_id, details.aliases, same)
        now = self.clock.now()
        customer, new = await self.store.save(customer_id, details, now)
        await self.erased.welcome([customer_id])
        await self.changes.changed(customer_id, customer, now)
        await self._tell_what_stands({customer_id: customer})
        return customer, new

    async def introduce(self, introductions: Sequence[Introduction]) -> None:
        """Fill in what platforms say, each of another customer. Of one who was merged it is said
        of the survivor. Raises Unavailable."""
        redirects = await self.merges.redirects([one.customer_id for one in introductions])
        filled = await for_each(introductions, lambda one: self._fill_in(one, redirects))
        told = {one: customer for one, customer, _ in filled if customer is not None}
        if told:
            await self.erased.welcome(told)
        verified: dict[str, set[str]] = defaultdict(set)
        for customer_id, _, aliases in filled:
            verified[customer_id] |= {*aliases}
        await for_each(told.items(), lambda one: self._tell(*one))
        await self._tell_what_stands(told, verified)
        await for_each(told.items(), lambda one: self.store.mark_told(one[0], one[1].revision))

    async def _fill_in(
        self, said: Introduction, redirects: Mapping[str, str]
    ) -> tuple[str, Customer | None, Collection[str]]:
        """Of whom it was said, and what is to be told of them now."""
        now = self.clock.now()
        customer_id = survivor_of(said.customer_id, redirects)
        try:
            customer = await self.store.introduce(customer_id, said.person, now)
        except Conflict:  # Merged since then.
            customer_id = await self.survivor(customer_id)
            customer = await self.store.introduce(customer_id, said.person, now)
        return customer_id, customer, said.verified

    async def _tell(self, customer_id: str, stands: Customer | None) -> None:
        if stands is None:
            await self.changes.erased(customer_id)
        else:
            await self.changes.changed(customer_id, stands, self.clock.now())

    async def erase(self, customer_id: str) -> None:
        """Forget here, under all ids of the person and all aliases, then tell everybody to forget;
        also when nothing is known here, since acts may be known elsewhere. Raises Invalid,
        Unavailable."""
        check_own_id(customer_id, "/id")
        erased: set[str] = set()
        while left := await self._family(customer_id) - erased:
            await self.erased.mark(left)
            for one in left:
                await self._forget(one)
                await self.changes.erased(one)
                await self._tell_what_stands({one: None})
            erased |= left
            # Last, since an erasure that was cut off is repeated by what is known here.
            await self.merges.forget(erased)

    async def tell(self, customer_id: str) -> None:
        """Tell what is stored of a customer, if anything is. Raises Unavailable."""
        customer = await self.store.get_customer(customer_id)
        if customer is not None:
            await self.changes.changed(customer_id, customer, self.clock.now())
            await self._tell_what_stands({customer_id: customer}, verified={})

    async def survivor(self, customer_id: str) -> str:
        """For whom this id stands now: itself, unless it was merged. Raises Unavailable."""
        return survivor_of(customer_id, await self.merges.redirects([customer_id]))

    async def _family(self, customer_id: str) -> frozenset[str]:
        return family_of(customer_id, await self.merges.redirects([customer_id]))

    async def erase_alias(self, alias: str) -> str | None:
        """Erase whom `alias` stands for, and return their id; if that is nobody, forget what
        waits for it. Raises Unavailable."""
        customer_id = (await self.aliases.link.identities.resolve([alias])).get(alias)
        if customer_id is None:
            await self._forget(alias)
        else:
            await self.erase(customer_id)
        return customer_id

    async def _forget(self, subject: str) -> None:
        behind = await self.aliases.link.identities.leading_to([subject])
        customer = await self.store.get_customer(subject)
        # An act that names somebody by their address is refused, and kept under that name.
        contacts = (customer.email, customer.phone) if customer else ()
        names = {subject, *(link.alias for link in behind), *filter(None, contacts)}
        for one in self.forgetting:
            await one.forget(names)

    async def _tell_what_stands(
        self,
        told: Mapping[str, Customer | None],
        verified: Mapping[str, Collection[str]] | None = None,
    ) -> None:
        """Somebody else may have stored later and told earlier; the last word must be what is
        stored, or an erased customer would come back."""
        while told:
            # Aliases of one who was merged stay theirs, for the day that it is undone.
            unmerged = {id: one for id, one in told.items() if not (one and one.merged_into)}
            await self.aliases.settle(unmerged, verified)
            standing = await for_each(told, self.store.get_customer)
            stands = dict(zip(told, standing, strict=True))
            told = {id: one for id, one in stands.items() if one != told[id]}
            await for_each(told.items(), lambda one: self._tell(*one))
