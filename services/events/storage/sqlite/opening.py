"""One SQLite file with all the stores of events."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from services.events.ports.stores import Stores
from services.events.storage.sqlite.customers import SqliteCustomers
from services.events.storage.sqlite.quarantine import SqliteQuarantine
from services.events.storage.sqlite.schema import MIGRATIONS
from shared.config import Settings
from shared.storage.sqlite import open_database


@asynccontextmanager
async def open_sqlite_stores(path: Path, settings: Settings) -> AsyncIterator[Stores]:
    """The stores in the file at `path`, created or migrated where needed."""
    async with open_database(path, MIGRATIONS) as database:

        async def ping() -> None:
            await database.read(lambda connection: connection.execute("SELECT 1").fetchone())

        yield Stores(
            ping=ping,
            customers=SqliteCustomers(database),
            quarantine=SqliteQuarantine(database, settings.quarantine_capacity),
        )
