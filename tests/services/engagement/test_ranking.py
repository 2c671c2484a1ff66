"""Leaderboards and past scores: the suites on SQLite and on a real MongoDB."""

from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import pytest

from services.engagement.storage import mongo, sqlite
from shared.storage.mongo import migrate, open_mongo
from shared.storage.sqlite import open_database
from tests.services.engagement.opened import mongo_books, sqlite_books
from tests.services.engagement.ranking_suite import LookBackSuite, Opened, RankingSuite


class TestSqlite(RankingSuite, LookBackSuite):
    @pytest.fixture
    async def stores(self, tmp_path: Path) -> AsyncIterator[Opened]:
        async with open_database(tmp_path / "engagement.sqlite", sqlite.MIGRATIONS) as database:
            books = await sqlite_books(database)
            yield Opened(
                sqlite.SqliteScoreStore(database, books),
                books,
                sqlite.SqlitePeopleStore(database),
                sqlite.SqliteMembershipStore(database),
                sqlite.SqliteCustomerStore(database, books),
            )


@pytest.mark.live
class TestMongo(RankingSuite, LookBackSuite):
    @pytest.fixture
    async def stores(self, mongodb_url: str) -> AsyncIterator[Opened]:
        async with open_mongo(mongodb_url, f"test_{uuid4().hex[:12]}") as database:
            await migrate(database, mongo.MIGRATIONS)
            books = await mongo_books(database)
            yield Opened(
                mongo.MongoScoreStore(database, books),
                books,
                mongo.MongoPeopleStore(database),
                mongo.MongoMembershipStore(database),
                mongo.MongoCustomerStore(database, books),
            )
            await database.client.drop_database(database.name)
