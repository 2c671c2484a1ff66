"""The suite of upgrades, on either store."""

import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import pytest

from services.engagement.ports.customers import CustomerStore
from services.engagement.ports.moments import MomentStore
from services.engagement.ports.people import PeopleStore
from services.engagement.ports.scores import ScoreStore
from services.engagement.storage import mongo, sqlite
from shared.storage import mongo as mongodb
from shared.storage.sqlite import Database, open_database
from tests.services.engagement.opened import mongo_books, sqlite_books
from tests.services.engagement.storage.upgrade_suite import (
    LEDGER,
    MERGED,
    PROFILES,
    TOOK_BACK,
    UpgradeSuite,
)

OF_THE_RELEASE_BEFORE = 2
"""So many migrations it had, of either store."""


class TestSqlite(UpgradeSuite):
    @pytest.fixture
    async def database(self, tmp_path: Path) -> AsyncIterator[Database]:
        path = tmp_path / "engagement.sqlite"
        async with open_database(path, sqlite.MIGRATIONS[:OF_THE_RELEASE_BEFORE]) as database:
            await database.run(_write_rows)
        async with open_database(path, sqlite.MIGRATIONS) as database:
            yield database

    @pytest.fixture
    async def books(self, database: Database) -> sqlite.SqliteBookStore:
        return await sqlite_books(database)

    @pytest.fixture
    def store(self, database: Database, books: sqlite.SqliteBookStore) -> ScoreStore:
        return sqlite.SqliteScoreStore(database, books)

    @pytest.fixture
    def customers(self, database: Database, books: sqlite.SqliteBookStore) -> CustomerStore:
        return sqlite.SqliteCustomerStore(database, books)

    @pytest.fixture
    def moments(self, database: Database, books: sqlite.SqliteBookStore) -> MomentStore:
        return sqlite.SqliteMomentStore(database, books)

    @pytest.fixture
    def people(self, database: Database) -> PeopleStore:
        return sqlite.SqlitePeopleStore(database)


def _write_rows(connection: sqlite3.Connection) -> None:
    connection.execute("INSERT INTO positions VALUES ('acts', 0, 8)")
    for entry in LEDGER:
        names = ", ".join("order_key" if name == "order" else name for name in entry)
        marks = ", ".join(f":{name}" for name in entry)
        connection.execute(f"INSERT INTO ledger ({names}) VALUES ({marks})", entry)
    for one in PROFILES:
        customer = one["customer"]
        connection.execute("INSERT INTO profiles VALUES (:customer, :first, :last)", one)
        for dimension, total in one["sums"].items():
            connection.execute("INSERT INTO sums VALUES (?, ?, ?)", (customer, dimension, total))
        for kind, count in one["acts"].items():
            connection.execute("INSERT INTO acts VALUES (?, ?, ?)", (customer, kind, count))
        for code, total in one["money"].items():
            money = (customer, code, total["gross"], total["refunded"])
            connection.execute("INSERT INTO money VALUES (?, ?, ?, ?)", money)
    connection.execute("INSERT INTO customers (hash, has_withdrawals) VALUES (?, 1)", (TOOK_BACK,))
    connection.execute(
        "INSERT INTO customers (hash, revision, customer, merged_into) VALUES (?, 1, 'c-3', 'c-2')",
        (MERGED,),
    )


@pytest.mark.live
class TestMongo(UpgradeSuite):
    @pytest.fixture
    async def database(self, mongodb_url: str) -> AsyncIterator[mongodb.Database]:
        async with mongodb.open_mongo(mongodb_url, f"test_{uuid4().hex[:12]}") as database:
            await mongodb.migrate(database, mongo.MIGRATIONS[:OF_THE_RELEASE_BEFORE])
            await _write_documents(database)
            await mongodb.migrate(database, mongo.MIGRATIONS)
            yield database
            await database.client.drop_database(database.name)

    @pytest.fixture
    async def books(self, database: mongodb.Database) -> mongo.MongoBookStore:
        return await mongo_books(database)

    @pytest.fixture
    def store(self, database: mongodb.Database, books: mongo.MongoBookStore) -> ScoreStore:
        return mongo.MongoScoreStore(database, books)

    @pytest.fixture
    def customers(self, database: mongodb.Database, books: mongo.MongoBookStore) -> CustomerStore:
        return mongo.MongoCustomerStore(database, books)

    @pytest.fixture
    def moments(self, database: mongodb.Database, books: mongo.MongoBookStore) -> MomentStore:
        return mongo.MongoMomentStore(database, books)

    @pytest.fixture
    def people(self, database: mongodb.Database) -> PeopleStore:
        return mongo.MongoPeopleStore(database)


async def _write_documents(database: mongodb.Database) -> None:
    await database["positions"].insert_one({"_id": "acts/0", "next": 8})
    for entry in LEDGER:
        said = {name: value for name, value in entry.items() if value is not None}
        if said["counts_from"] == said["time"]:
            del said["counts_from"]
        await database["ledger"].insert_one({"_id": said.pop("key"), **said})
    for one in PROFILES:
        said = {name: value for name, value in one.items() if value}
        await database["profiles"].insert_one({"_id": said.pop("customer"), **said, "entries": 6})
    await database["customers"].insert_many(
        [
            {"_id": TOOK_BACK, "has_withdrawals": True},
            {
                "_id": MERGED,
                "revision": 1,
                "erased": False,
                "customer": "c-3",
                "merged_into": "c-2",
            },
        ]
    )
