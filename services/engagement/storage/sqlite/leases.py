"""Leases in SQLite."""

import sqlite3

from shared.storage.sqlite import Database

SCHEMA = """
    CREATE TABLE leases (
        name TEXT PRIMARY KEY, owner TEXT NOT NULL, until INTEGER NOT NULL
    ) WITHOUT ROWID;
"""


class SqliteLeaseStore:
    """Table leases."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def take(self, name: str, owner: str, now: int, until: int) -> bool:
        def transact(connection: sqlite3.Connection) -> bool:
            taken = connection.execute(
                "INSERT INTO leases VALUES (?, ?, ?) ON CONFLICT DO UPDATE"
                " SET owner = excluded.owner, until = excluded.until"
                " WHERE owner = excluded.owner OR until <= ?",
                (name, owner, until, now),
            )
            return taken.rowcount == 1

        return await self._database.run(transact)

    async def release(self, name: str, owner: str) -> None:
        await self._database.run(
            lambda connection: connection.execute(
                "DELETE FROM leases WHERE name = ? AND owner = ?", (name, owner)
            )
        )
