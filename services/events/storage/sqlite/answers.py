"""Answers to requests with an Idempotency-Key in SQLite."""

import sqlite3
from datetime import datetime

from services.events.ports.answers import Answer, Asked
from shared.clock import epoch_ms
from shared.storage.sqlite import Database

MINUTE_MS = 60_000
DAY_MS = 86_400_000

SCHEMA = """
    CREATE TABLE answers (
        key TEXT PRIMARY KEY, begun_at INTEGER NOT NULL, fingerprint BLOB NOT NULL,
        status INTEGER, media_type TEXT, body BLOB
    ) WITHOUT ROWID;
    CREATE INDEX answers_by_age ON answers (begun_at);
"""


class SqliteAnswers:
    """Old ones go when a new one comes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def begin(self, key: str, fingerprint: bytes, now: datetime) -> Asked | None:
        moment = epoch_ms(now)

        def write(connection: sqlite3.Connection) -> Asked | None:
            connection.execute("DELETE FROM answers WHERE begun_at <= ?", (moment - DAY_MS,))
            connection.execute(
                "DELETE FROM answers WHERE key = ? AND status IS NULL AND begun_at <= ?",
                (key, moment - MINUTE_MS),
            )
            row = connection.execute(
                "SELECT fingerprint, status, media_type, body FROM answers WHERE key = ?", (key,)
            ).fetchone()
            if row is not None:
                return Asked(row[0], None if row[1] is None else Answer(*row[1:]))
            connection.execute(
                "INSERT INTO answers (key, begun_at, fingerprint) VALUES (?, ?, ?)",
                (key, moment, fingerprint),
            )
            return None

        return await self._database.run(write)

    async def finish(self, key: str, answer: Answer) -> None:
        def write(connection: sqlite3.Connection) -> None:
            connection.execute(
                "UPDATE answers SET status = ?, media_type = ?, body = ? WHERE key = ?",
                (answer.status, answer.media_type, answer.body, key),
            )

        await self._database.run(write)

    async def release(self, key: str) -> None:
        def write(connection: sqlite3.Connection) -> None:
            connection.execute("DELETE FROM answers WHERE key = ? AND status IS NULL", (key,))

        await self._database.run(write)
