"""Customers say what they want; it counts at once, and others are told."""

from collections.abc import Callable
from dataclasses import dataclass

import structlog

from services.notifier.domain.customer import Customer
from services.notifier.domain.wish import Source, Wish, news, stop
from services.notifier.ports.announcer import Announcer
from services.notifier.ports.stores import Stores
from shared.clock import Clock, epoch_ms
from shared.contracts.purposes import PURPOSES
from shared.errors import Conflict, Unavailable

AT_ONCE = 200
ATTEMPTS = 10

log = structlog.get_logger()


class Stale(Conflict):
    """Something else was said since what the caller has seen."""


@dataclass(frozen=True, slots=True)
class Prefer:
    """`wake` is called when there is something to tell. Whatever is kept is kept together with the
    wish to tell of it, so that a crash loses neither."""

    stores: Stores
    clock: Clock
    wake: Callable[[], None]

    async def customer(self, id: str) -> Customer:
        """Whoever `id` stands for now, who may be unknown or erased. Raises Unavailable."""
        return (await self.stores.customers.customers([id]))[id]

    async def __call__(
        self, id: str, wish: Wish, source: Source, revision: int | None = None
    ) -> Customer:
        """The customer as they stand then; an erased one keeps nothing. What stands already is not
        said twice. Raises Stale if `revision` is given and another one stands, Unavailable."""
        for _ in range(ATTEMPTS):
            customer = await self.customer(id)
            new = news(wish, customer, source, epoch_ms(self.clock.now()))
            if customer.erased or new is None:
                return customer
            if revision is not None and revision != customer.preferences.revision:
                raise Stale("The preferences were changed in between")
            customers = self.stores.customers
            if await customers.prefer(customer.id, new.preferences, new.consents, new.told):
                log.info("preferences_changed", source=source, lines=len(new.consents))
                self.wake()
                return await self.customer(id)
        raise Unavailable

    async def stop(self, id: str, message_id: str | None, source: Source) -> Customer:
        """No more messages for what the message was for; for nothing any more if that is not known.
        Raises Unavailable."""
        message = await self.stores.messages.message(message_id) if message_id else None
        return await self(id, stop((message.purpose,) if message else PURPOSES), source)


@dataclass(frozen=True, slots=True)
class TellWishes:
    """Let wishes count for what is held, and tell others of them; again after a crash."""

    stores: Stores
    announcer: Announcer
    clock: Clock
    wake: Callable[[], None]

    async def __call__(self) -> bool:
        """One round; whether there may be more to do. Raises Unavailable."""
        untold = await self.stores.customers.untold(AT_ONCE)
        if not untold:
            return False
        customers = list({one.customer for one in untold})
        await self.stores.decisions.wake(customers, epoch_ms(self.clock.now()))
        self.wake()
        for one in untold:
            await self.announcer.preferred(one.customer, one.told)
        await self.stores.customers.were_told(untold)
        return len(untold) == AT_ONCE
