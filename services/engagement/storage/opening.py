"""The stores of the kind that the settings name."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from services.engagement.domain.formula import Formula
from services.engagement.ports.stores import Stores
from services.engagement.storage import mongo, sqlite
from shared.config import Settings
from shared.storage.mongo import migrate, open_mongo
from shared.storage.sqlite import open_database


@asynccontextmanager
async def open_stores(settings: Settings, formula: Formula) -> AsyncIterator[Stores]:
    """Brought up to date first. Raises Unavailable."""
    if settings.storage == "mongodb":
        url = settings.mongodb_url.get_secret_value()
        async with open_mongo(url, "requite_engagement") as database:
            await migrate(database, mongo.MIGRATIONS)
            yield Stores(
                scores=mongo.MongoScoreStore(database, formula),
                customers=mongo.MongoCustomerStore(database, formula),
            )
    else:
        path = settings.data_dir / "engagement.sqlite"
        async with open_database(path, sqlite.MIGRATIONS) as database_file:
            yield Stores(
                scores=sqlite.SqliteScoreStore(database_file, formula),
                customers=sqlite.SqliteCustomerStore(database_file, formula),
            )
