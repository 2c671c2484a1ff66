"""Who customers are: said, told, forgotten."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from services.events.domain.admission import check_own_id
from services.events.domain.customer import Details
from services.events.domain.identity import Person
from services.events.ports.customers import Customers
from services.events.ports.forgetting import Forgetting
from services.events.ports.merges import Merges
from services.events.ports.topics import CustomerChanges
from services.events.use_cases.settling import SettleAliases
from shared.clock import Clock
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
        await self.changes.changed(customer_id, customer, now)
        await self._tell_what_stands(customer_id, customer)
        return customer, new

    async def introduce(self, customer_id: str, person: Person, verified: Collection[str]) -> None:
        """Fill in what a platform says; `verified` are the aliases of addresses that it has seen
        the person read. Of one who was merged it is said of the survivor. Raises Unavailable."""
        customer_id = await self.survivor(customer_id)
        now = self.clock.now()
        customer = await self.store.introduce(customer_id, person, now)
        if customer is None:
            return
        await self.changes.changed(customer_id, customer, now)
        await self._tell_what_stands(customer_id, customer, verified)
        await self.store.mark_told(customer_id, customer.revision)

    async def erase(self, customer_id: str) -> None:
        """Forget here, under all ids of the person and all aliases, then tell everybody to forget;
        also when nothing is known here, since acts may be known elsewhere. Raises Invalid,
        Unavailable."""
        check_own_id(customer_id, "/id")
        erased: set[str] = set()
        while left := await self._family(customer_id) - erased:
            for one in left:
                await self._forget(one)
                await self.changes.erased(one)
                await self._tell_what_stands(one, None)
            erased |= left
            # Last, since an erasure that was cut off is repeated by what is known here.
            await self.merges.forget(erased)

    async def tell(self, customer_id: str) -> None:
        """Tell what is stored of a customer, if anything is. Raises Unavailable."""
        customer = await self.store.get_customer(customer_id)
        if customer is not None:
            await self.changes.changed(customer_id, customer, self.clock.now())
            await self._tell_what_stands(customer_id, customer, verified=())

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
        for one in self.forgetting:
            await one.forget([subject, *(link.alias for link in behind)])

    async def _tell_what_stands(
        self, customer_id: str, told: Customer | None, verified: Collection[str] | None = None
    ) -> None:
        """Somebody else may have stored later and told earlier; the last word must be what is
        stored, or an erased customer would come back."""
        while True:
            if told is None or told.merged_into is None:
                # Aliases of one who was merged stay theirs, for the day that it is undone.
                await self.aliases.settle(customer_id, told, verified)
            stands = await self.store.get_customer(customer_id)
            if stands == told:
                break
            if stands is None:
                await self.changes.erased(customer_id)
            else:
                await self.changes.changed(customer_id, stands, self.clock.now())
            told = stands
