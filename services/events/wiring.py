"""The only place where events chooses its adapters."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass

from services.events.outbound.acts_topic import ActsTopic
from services.events.outbound.customers_topic import CustomersTopic
from services.events.ports.stores import Stores
from services.events.storage.mongo.opening import open_mongo_stores
from services.events.storage.sqlite.opening import open_sqlite_stores
from services.events.use_cases.customers import KeepCustomers
from services.events.use_cases.mending import MendQuarantine
from services.events.use_cases.taking import TakeEvents
from shared.config import Settings
from shared.runtime import Infrastructure


@dataclass(frozen=True, slots=True)
class Events:
    """What the inbound side calls."""

    take: TakeEvents
    mend: MendQuarantine
    customers: KeepCustomers


@asynccontextmanager
async def open_events(infrastructure: Infrastructure) -> AsyncIterator[Events]:
    """The service, ready to be called. Raises Unavailable if its store can't be reached."""
    clock, log = infrastructure.clock, infrastructure.log
    async with _open_stores(infrastructure.settings) as stores:
        take = TakeEvents(ActsTopic(log), stores.quarantine, clock)
        with infrastructure.edge.health.adding("events_store", stores.ping):
            yield Events(
                take=take,
                mend=MendQuarantine(take, stores.quarantine),
                customers=KeepCustomers(
                    stores.customers, CustomersTopic(log), clock, stores.forgetting
                ),
            )


def _open_stores(settings: Settings) -> AbstractAsyncContextManager[Stores]:
    if settings.storage == "mongodb":
        return open_mongo_stores("requite_events", settings)
    return open_sqlite_stores(settings.data_dir / "events.sqlite", settings)
