"""Requests to be told what is held, in SQLite."""

import sqlite3
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from services.events.domain.data_request import AskedFor
from shared.clock import epoch_ms, from_epoch_ms
from shared.storage.sqlite import Database

SCHEMA = """
    CREATE TABLE data_requests (
        id TEXT PRIMARY KEY, source TEXT NOT NULL, alias TEXT NOT NULL,
        received_at INTEGER NOT NULL, customer TEXT, closed_at INTEGER
    ) WITHOUT ROWID;
    CREATE INDEX data_requests_by_age ON data_requests (received_at, id);
"""


class SqliteDataRequests:
    """One row a request."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, request: AskedFor) -> None:
        row = (
            request.id,
            request.source,
            request.alias,
            epoch_ms(request.received_at),
            request.customer,
        )
        await self._database.run(
            lambda connection: connection.execute(
                "INSERT OR IGNORE INTO data_requests VALUES (?, ?, ?, ?, ?, NULL)", row
            )
        )

    async def page(
        self, after: tuple[datetime, str] | None, limit: int, *, closed: bool
    ) -> Sequence[AskedFor]:
        since, last = (-1, "") if after is None else (epoch_ms(after[0]), after[1])

        def read(connection: sqlite3.Connection) -> list[AskedFor]:
            rows = connection.execute(
                "SELECT * FROM data_requests WHERE (received_at, id) > (?, ?)"
                " AND (closed_at IS NOT NULL) = ? ORDER BY received_at, id LIMIT ?",
                (since, last, closed, limit),
            )
            return [_request(row) for row in rows]

        return await self._database.read(read)

    async def close(self, request_id: str, now: datetime) -> AskedFor | None:
        def write(connection: sqlite3.Connection) -> AskedFor | None:
            connection.execute(
                "UPDATE data_requests SET closed_at = coalesce(closed_at, ?) WHERE id = ?",
                (epoch_ms(now), request_id),
            )
            row = connection.execute(
                "SELECT * FROM data_requests WHERE id = ?", (request_id,)
            ).fetchone()
            return None if row is None else _request(row)

        return await self._database.run(write)

    async def forget(self, subjects: Collection[str]) -> None:
        def write(connection: sqlite3.Connection) -> None:
            connection.executemany(
                "DELETE FROM data_requests WHERE ?1 IN (alias, customer)",
                [(subject,) for subject in subjects],
            )

        await self._database.run(write)
        await self._database.scrub()


def _request(row: tuple[Any, ...]) -> AskedFor:
    request_id, source, alias, received_at, customer, closed_at = row
    closed = None if closed_at is None else from_epoch_ms(closed_at)
    return AskedFor(request_id, source, alias, from_epoch_ms(received_at), customer, closed)
