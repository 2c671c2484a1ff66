"""What rounds remember, in SQLite."""

import sqlite3

from shared.storage.sqlite import Database

SCHEMA = "CREATE TABLE round_memory (name TEXT PRIMARY KEY, text TEXT NOT NULL) WITHOUT ROWID;"


class SqliteRoundMemory:
    """Table round_memory."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def recall(self, name: str) -> str | None:
        def read(connection: sqlite3.Connection) -> str | None:
            found = connection.execute("SELECT text FROM round_memory WHERE name = ?", (name,))
            row = found.fetchone()
            return None if row is None else str(row[0])

        return await self._database.read(read)

    async def remember(self, name: str, text: str) -> None:
        await self._database.run(
            lambda connection: connection.execute(
                "INSERT OR REPLACE INTO round_memory VALUES (?, ?)", (name, text)
            )
        )
