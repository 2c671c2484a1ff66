"""Addresses that are not written to, whoever has them."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.notifier.domain.suppression import address_digest
from services.notifier.ports.customers import CustomerStore
from services.notifier.ports.decisions import Position
from services.notifier.ports.suppressions import Cause, Suppression, SuppressionStore
from shared.clock import Clock, epoch_ms


@dataclass(frozen=True, slots=True)
class Suppressing:
    """`key` stands between addresses and the list. Every method may raise Unavailable."""

    suppressions: SuppressionStore
    key: str
    clock: Clock

    def digest(self, kind: str, address: str) -> str:
        """What stands for an address: email, phone, or what a customer has it under."""
        return address_digest(self.key, kind, address)

    async def check(self, kind: str, address: str) -> Suppression | None:
        """Why an address is not used; None if it is."""
        digest = self.digest(kind, address)
        return (await self.suppressions.among([digest])).get(digest)

    async def add(
        self,
        addresses: Sequence[tuple[str, str]],
        cause: Cause,
        message: str | None = None,
        code: str | None = None,
        time: int | None = None,
    ) -> None:
        """Use these, by kind, no more, since `time` (ms) or now; one that is suppressed already
        keeps its first cause."""
        now = epoch_ms(self.clock.now())
        since = now if time is None else min(max(time, 0), now)
        found = {self.digest(kind, address) for kind, address in addresses}
        if found:
            await self.suppressions.add(
                [Suppression(one, cause, since, message, code) for one in sorted(found)]
            )

    async def remove(self, digest: str) -> bool:
        """Use an address again; False if it was not suppressed."""
        return await self.suppressions.remove(digest)

    async def page(self, limit: int, after: Position | None) -> Sequence[Suppression]:
        """The newest first."""
        return await self.suppressions.page(limit, after)


@dataclass(frozen=True, slots=True)
class SuppressErased:
    """To be called before a customer is erased, while it is known which addresses were theirs.

    Such an address stays unused until somebody removes it from the list by hand, also if the shop
    tells of the same person again, and even with a new consent: a shop's old export must not undo
    an erasure, and silence is the smaller mistake.
    """

    customers: CustomerStore
    suppressing: Suppressing

    async def __call__(self, customer: str) -> None:
        """Repeatable. Raises Unavailable."""
        record = (await self.customers.customers([customer]))[customer].record
        if record is not None:
            known = {"email": record.email, "phone": record.phone, **record.addresses}
            theirs = [(kind, address) for kind, address in known.items() if address]
            await self.suppressing.add(theirs, "erased")
