"""The stores that the settings ask for."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from services.notifier.ports.stores import Stores
from services.notifier.storage import mongo, sqlite
from shared.config import Settings
from shared.storage.mongo import migrate, open_mongo
from shared.storage.sqlite import open_database


@asynccontextmanager
async def open_stores(settings: Settings, pseudonym_key: str) -> AsyncIterator[Stores]:
    """Brought up to date. `pseudonym_key` stands between addresses and what is kept of them.
    Raises Unavailable."""
    if settings.storage == "mongodb":
        url = settings.mongodb_url.get_secret_value()
        async with open_mongo(url, "requite_notifier") as database:
            await migrate(database, mongo.MIGRATIONS)
            yield mongo.mongo_stores(database, pseudonym_key)
    else:
        path = settings.data_dir / "notifier.sqlite"
        async with open_database(path, sqlite.MIGRATIONS) as database_file:
            await sqlite.end_leases(database_file)
            yield sqlite.sqlite_stores(database_file, pseudonym_key)
