"""Moments: the suite against SQLite and a real MongoDB."""

import sqlite3
from collections.abc import AsyncIterator, Collection, Mapping
from pathlib import Path
from uuid import uuid4

import pytest

from services.engagement.domain.moments import Observed
from services.engagement.ports.customers import CustomerStore
from services.engagement.ports.moments import MomentStore
from services.engagement.ports.scores import ScoreStore
from services.engagement.storage import mongo, sqlite
from services.engagement.storage.mongo.moments import forget_moments, insert_moments
from services.engagement.storage.mongo.watches import with_watch
from services.engagement.storage.sqlite import moments as sqlite_moments
from services.engagement.storage.sqlite.watches import write_watches
from shared.storage import mongo as mongodb
from shared.storage.sqlite import Database, open_database
from tests.services.engagement.opened import mongo_books, sqlite_books
from tests.services.engagement.storage.moments_suite import Forget, MomentStoreSuite, Note


class TestSqlite(MomentStoreSuite):
    @pytest.fixture
    async def database(self, tmp_path: Path) -> AsyncIterator[Database]:
        async with open_database(tmp_path / "engagement.sqlite", sqlite.MIGRATIONS) as database:
            yield database

    @pytest.fixture
    async def moments(self, database: Database) -> MomentStore:
        return sqlite.SqliteMomentStore(database, await sqlite_books(database))

    @pytest.fixture
    async def store(self, database: Database) -> ScoreStore:
        return sqlite.SqliteScoreStore(database, await sqlite_books(database))

    @pytest.fixture
    async def customers(self, database: Database) -> CustomerStore:
        return sqlite.SqliteCustomerStore(database, await sqlite_books(database))

    @pytest.fixture
    def note(self, database: Database) -> Note:
        async def note(observed: Mapping[str, Observed]) -> None:
            def transact(connection: sqlite3.Connection) -> None:
                sqlite_moments.insert_moments(connection, observed.values())
                watches = {customer: one.watch for customer, one in observed.items()}
                write_watches(connection, 1, watches)

            await database.run(transact)

        return note

    @pytest.fixture
    def forget(self, database: Database) -> Forget:
        async def forget(customers: Collection[str]) -> None:
            await database.run(
                lambda connection: sqlite_moments.forget_moments(connection, customers)
            )

        return forget


@pytest.mark.live
class TestMongo(MomentStoreSuite):
    @pytest.fixture
    async def database(self, mongodb_url: str) -> AsyncIterator[mongodb.Database]:
        async with mongodb.open_mongo(mongodb_url, f"test_{uuid4().hex[:12]}") as database:
            await mongodb.migrate(database, mongo.MIGRATIONS)
            yield database
            await database.client.drop_database(database.name)

    @pytest.fixture
    async def moments(self, database: mongodb.Database) -> MomentStore:
        return mongo.MongoMomentStore(database, await mongo_books(database))

    @pytest.fixture
    async def store(self, database: mongodb.Database) -> ScoreStore:
        return mongo.MongoScoreStore(database, await mongo_books(database))

    @pytest.fixture
    async def customers(self, database: mongodb.Database) -> CustomerStore:
        return mongo.MongoCustomerStore(database, await mongo_books(database))

    @pytest.fixture
    def note(self, database: mongodb.Database) -> Note:
        async def note(observed: Mapping[str, Observed]) -> None:
            async with (
                database.client.start_session() as session,
                await session.start_transaction(),
            ):
                await insert_moments(database, observed.values(), session)
                for customer, one in observed.items():
                    update = with_watch({"$inc": {"entries": 1}}, one.watch)
                    await database["profiles_1"].update_one(
                        {"_id": customer}, update, session=session
                    )

        return note

    @pytest.fixture
    def forget(self, database: mongodb.Database) -> Forget:
        async def forget(customers: Collection[str]) -> None:
            async with (
                database.client.start_session() as session,
                await session.start_transaction(),
            ):
                await forget_moments(database, customers, session)

        return forget


async def test_a_profile_from_before_there_were_moments_is_looked_at(tmp_path: Path) -> None:
    path = tmp_path / "engagement.sqlite"
    before = next(n for n, one in enumerate(sqlite.MIGRATIONS) if "watch TEXT" in str(one))
    async with open_database(path, sqlite.MIGRATIONS[:before]) as database:
        await database.run(
            lambda connection: connection.execute(
                "INSERT INTO profiles_1 (customer, first, last) VALUES ('c-1', 3, 5)"
            )
        )
    async with open_database(path, sqlite.MIGRATIONS) as database:
        store = sqlite.SqliteMomentStore(database, await sqlite_books(database))
        (profile,) = await store.take_due(1, 2, 9)
        assert (profile.customer, profile.first, profile.last) == ("c-1", 3, 5)
