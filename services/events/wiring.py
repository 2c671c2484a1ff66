"""The only place of events that chooses adapters."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from services.events.outbound.acts_topic import ActsTopic
from services.events.outbound.customers_topic import CustomersTopic
from services.events.ports import EventStore
from services.events.storage import mongo, sqlite
from services.events.use_cases import KeepCustomers, MendQuarantine, TakeEvents
from shared.config import Settings
from shared.runtime import Infrastructure
from shared.storage.mongo import migrate, open_mongo
from shared.storage.sqlite import open_database


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
    async with _open_store(infrastructure.settings) as store:
        take = TakeEvents(ActsTopic(log), store, clock)
        with infrastructure.edge.health.adding("events_store", store.ping):
            yield Events(
                take=take,
                mend=MendQuarantine(take, store),
                customers=KeepCustomers(store, CustomersTopic(log), clock),
            )


@asynccontextmanager
async def _open_store(settings: Settings) -> AsyncIterator[EventStore]:
    capacity = settings.quarantine_capacity
    if settings.storage == "mongodb":
        url = settings.mongodb_url.get_secret_value()
        async with open_mongo(url, "requite_events") as database:
            await migrate(database, mongo.MIGRATIONS)
            yield mongo.MongoEventStore(database, capacity)
    else:
        path = settings.data_dir / "events.sqlite"
        async with open_database(path, sqlite.MIGRATIONS) as database_file:
            yield sqlite.SqliteEventStore(database_file, capacity)
