"""The quarantine in SQLite."""

import sqlite3
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from services.events.domain.quarantine import Quarantined
from shared.clock import epoch_ms, from_epoch_ms
from shared.errors import Unavailable
from shared.storage.sqlite import Database

_COLUMNS = "id, received_at, body, pointer, reason, event_id, source, customer"


class SqliteQuarantine:
    """`capacity` bounds it, in entries."""

    def __init__(self, database: Database, capacity: int) -> None:
        self._database = database
        self._capacity = capacity

    async def keep(self, refused: Sequence[Quarantined]) -> None:
        def write(connection: sqlite3.Connection) -> None:
            (count,) = connection.execute("SELECT count(*) FROM quarantine").fetchone()
            if count + len(refused) > self._capacity:
                raise Unavailable("the quarantine is full")
            connection.executemany(
                f"INSERT OR IGNORE INTO quarantine ({_COLUMNS}) VALUES (?,?,?,?,?,?,?,?)",
                map(_row, refused),
            )

        await self._database.run(write)

    async def page(self, after: tuple[datetime, str] | None, limit: int) -> Sequence[Quarantined]:
        since, last = (-1, "") if after is None else (epoch_ms(after[0]), after[1])

        def read(connection: sqlite3.Connection) -> list[Quarantined]:
            rows = connection.execute(
                f"SELECT {_COLUMNS} FROM quarantine WHERE (received_at, id) > (?, ?)"
                " ORDER BY received_at, id LIMIT ?",
                (since, last, limit),
            )
            return [_entry(row) for row in rows]

        return await self._database.read(read)

    async def get(self, entry_id: str) -> Quarantined | None:
        def read(connection: sqlite3.Connection) -> Quarantined | None:
            row = connection.execute(
                f"SELECT {_COLUMNS} FROM quarantine WHERE id = ?", (entry_id,)
            ).fetchone()
            return None if row is None else _entry(row)

        return await self._database.read(read)

    async def replace(self, entry: Quarantined) -> bool:
        def write(connection: sqlite3.Connection) -> bool:
            changed = connection.execute(
                "UPDATE quarantine SET body = ?, pointer = ?, reason = ?, event_id = ?,"
                " source = ?, customer = ? WHERE id = ?",
                (*_row(entry)[2:], entry.id),
            )
            return changed.rowcount > 0

        return await self._database.run(write)

    async def remove(self, entry_id: str) -> bool:
        def write(connection: sqlite3.Connection) -> bool:
            gone = connection.execute("DELETE FROM quarantine WHERE id = ?", (entry_id,))
            return gone.rowcount > 0

        return await self._database.run(write)

    async def forget(self, subjects: Collection[str]) -> None:
        def write(connection: sqlite3.Connection) -> None:
            connection.executemany(
                "DELETE FROM quarantine WHERE customer = ?", [(subject,) for subject in subjects]
            )

        await self._database.run(write)
        await self._database.scrub()


def _row(entry: Quarantined) -> tuple[Any, ...]:
    return (
        entry.id,
        epoch_ms(entry.received_at),
        entry.body,
        entry.pointer,
        entry.reason,
        entry.event_id,
        entry.source,
        entry.customer,
    )


def _entry(row: tuple[Any, ...]) -> Quarantined:
    return Quarantined(row[0], row[2], row[3], row[4], from_epoch_ms(row[1]), *row[5:])
