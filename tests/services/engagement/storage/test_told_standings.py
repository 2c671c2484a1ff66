"""Where customers stand: the suite against SQLite and a real MongoDB."""

from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import pytest

from services.engagement.ports.customers import CustomerStore
from services.engagement.ports.standings import StandingStore
from services.engagement.storage import mongo, sqlite
from shared.storage import mongo as mongodb
from shared.storage.sqlite import Database, open_database
from tests.services.engagement.opened import mongo_books, sqlite_books
from tests.services.engagement.storage.standings_suite import StandingStoreSuite


class TestSqlite(StandingStoreSuite):
    @pytest.fixture
    async def database(self, tmp_path: Path) -> AsyncIterator[Database]:
        async with open_database(tmp_path / "engagement.sqlite", sqlite.MIGRATIONS) as database:
            yield database

    @pytest.fixture
    def standings(self, database: Database) -> StandingStore:
        return sqlite.SqliteStandingStore(database)

    @pytest.fixture
    async def customers(self, database: Database) -> CustomerStore:
        return sqlite.SqliteCustomerStore(database, await sqlite_books(database))


@pytest.mark.live
class TestMongo(StandingStoreSuite):
    @pytest.fixture
    async def database(self, mongodb_url: str) -> AsyncIterator[mongodb.Database]:
        async with mongodb.open_mongo(mongodb_url, f"test_{uuid4().hex[:12]}") as database:
            await mongodb.migrate(database, mongo.MIGRATIONS)
            yield database
            await database.client.drop_database(database.name)

    @pytest.fixture
    def standings(self, database: mongodb.Database) -> StandingStore:
        return mongo.MongoStandingStore(database)

    @pytest.fixture
    async def customers(self, database: mongodb.Database) -> CustomerStore:
        return mongo.MongoCustomerStore(database, await mongo_books(database))
