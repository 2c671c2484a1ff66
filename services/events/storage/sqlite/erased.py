"""Erased customers in SQLite."""

import sqlite3
from collections.abc import Collection

from services.events.domain.erased_key import erased_key
from shared.storage.sqlite import Database

SCHEMA = """
    CREATE TABLE erased (key TEXT PRIMARY KEY) WITHOUT ROWID;
"""


class SqliteErased:
    """One row a customer."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def mark(self, customers: Collection[str]) -> None:
        rows = [(erased_key(one),) for one in customers]

        def write(connection: sqlite3.Connection) -> None:
            connection.executemany("INSERT OR IGNORE INTO erased VALUES (?)", rows)

        await self._database.run(write)

    async def welcome(self, customers: Collection[str]) -> None:
        rows = [(erased_key(one),) for one in customers]

        def write(connection: sqlite3.Connection) -> None:
            connection.executemany("DELETE FROM erased WHERE key = ?", rows)

        await self._database.run(write)

    async def among(self, customers: Collection[str]) -> frozenset[str]:
        def read(connection: sqlite3.Connection) -> frozenset[str]:
            ask = "SELECT 1 FROM erased WHERE key = ?"
            found = (
                one
                for one in customers
                if connection.execute(ask, (erased_key(one),)).fetchone() is not None
            )
            return frozenset(found)

        return await self._database.read(read)
