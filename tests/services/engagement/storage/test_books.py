"""The suite of books, on either store."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest

from services.engagement.storage import mongo, sqlite
from shared.clock import ManualClock
from shared.storage import mongo as mongodb
from shared.storage.sqlite import Database, open_database
from tests.services.engagement.opened import mongo_books, sqlite_books
from tests.services.engagement.storage.books_suite import FORMULAS, BookStoreSuite, Replica

NOW = datetime(2026, 6, 1, tzinfo=UTC)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOW)


class TestSqlite(BookStoreSuite):
    @pytest.fixture
    async def database(self, tmp_path: Path) -> AsyncIterator[Database]:
        async with open_database(tmp_path / "engagement.sqlite", sqlite.MIGRATIONS) as database:
            yield database

    @pytest.fixture
    async def replica(self, database: Database, clock: ManualClock) -> Replica:
        return await self._replica("one", database, clock)

    @pytest.fixture
    async def second(self, database: Database, clock: ManualClock) -> Replica:
        return await self._replica("two", database, clock)

    async def _replica(self, name: str, database: Database, clock: ManualClock) -> Replica:
        books = await sqlite_books(database, clock, FORMULAS.__getitem__)
        return Replica.of(
            name,
            clock,
            books,
            sqlite.SqliteFollowingBook(database, books),
            sqlite.SqliteScoreStore(database, books),
            sqlite.SqliteCustomerStore(database, books),
            sqlite.SqliteLeaseStore(database),
        )


@pytest.mark.live
class TestMongo(BookStoreSuite):
    @pytest.fixture
    async def database(self, mongodb_url: str) -> AsyncIterator[mongodb.Database]:
        async with mongodb.open_mongo(mongodb_url, f"test_{uuid4().hex[:12]}") as database:
            await mongodb.migrate(database, mongo.MIGRATIONS)
            yield database
            await database.client.drop_database(database.name)

    @pytest.fixture
    async def replica(self, database: mongodb.Database, clock: ManualClock) -> Replica:
        return await self._replica("one", database, clock)

    @pytest.fixture
    async def second(self, database: mongodb.Database, clock: ManualClock) -> Replica:
        return await self._replica("two", database, clock)

    async def _replica(self, name: str, database: mongodb.Database, clock: ManualClock) -> Replica:
        books = await mongo_books(database, clock, FORMULAS.__getitem__)
        return Replica.of(
            name,
            clock,
            books,
            mongo.MongoFollowingBook(database, books),
            mongo.MongoScoreStore(database, books),
            mongo.MongoCustomerStore(database, books),
            mongo.MongoLeaseStore(database),
        )
