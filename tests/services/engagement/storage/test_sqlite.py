"""The suites against SQLite."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.engagement.ports.customers import CustomerStore
from services.engagement.ports.scores import ScoreStore
from services.engagement.storage.sqlite import MIGRATIONS, SqliteCustomerStore, SqliteScoreStore
from shared.storage.sqlite import Database, open_database
from tests.services.engagement.opened import sqlite_books
from tests.services.engagement.storage.customers_suite import CustomerStoreSuite
from tests.services.engagement.storage.store_suite import ScoreStoreSuite


class TestSqlite(ScoreStoreSuite, CustomerStoreSuite):
    @pytest.fixture
    async def database(self, tmp_path: Path) -> AsyncIterator[Database]:
        async with open_database(tmp_path / "engagement.sqlite", MIGRATIONS) as database:
            yield database

    @pytest.fixture
    async def store(self, database: Database) -> ScoreStore:
        return SqliteScoreStore(database, await sqlite_books(database))

    @pytest.fixture
    async def customers(self, database: Database) -> CustomerStore:
        return SqliteCustomerStore(database, await sqlite_books(database))


async def test_erasures_of_the_first_version_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "engagement.sqlite"
    hashed = "4b5a6da02ea4e25de9e3d9ee4f6b0e3bd5b10d6ae6d4ee1c5d1b2f3a4c5d6e7f"
    async with open_database(path, MIGRATIONS[:1]) as database:
        await database.run(
            lambda connection: connection.execute(
                "INSERT INTO erased VALUES (?, '1', FALSE)", (hashed,)
            )
        )
    async with open_database(path, MIGRATIONS) as database:
        rows = await database.read(
            lambda connection: connection.execute(
                "SELECT hash, request, erased FROM customers"
            ).fetchall()
        )
    assert rows == [(hashed, "1", 1)]
