"""One MongoDB database with all the stores of events."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from services.events.ports.stores import Stores
from services.events.storage.mongo.customers import MongoCustomers
from services.events.storage.mongo.quarantine import MongoQuarantine
from services.events.storage.mongo.schema import MIGRATIONS
from shared.config import Settings
from shared.storage.mongo import migrate, open_mongo, translating_errors


@asynccontextmanager
async def open_mongo_stores(name: str, settings: Settings) -> AsyncIterator[Stores]:
    """The stores in the database `name`, created or migrated where needed."""
    async with open_mongo(settings.mongodb_url.get_secret_value(), name) as database:
        await migrate(database, MIGRATIONS)

        async def ping() -> None:
            with translating_errors():
                await database.command("ping")

        yield Stores(
            ping=ping,
            customers=MongoCustomers(database),
            quarantine=MongoQuarantine(database, settings.quarantine_capacity),
        )
