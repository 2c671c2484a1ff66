"""The inbox in SQLite."""

import sqlite3
from collections.abc import Collection, Sequence
from datetime import datetime

import msgspec

from services.events.domain.arrival import Arrived, how_many_fit
from services.events.ports.inbox import LEASE
from shared.clock import epoch_ms, from_epoch_ms
from shared.errors import Unavailable
from shared.storage.sqlite import Database

# Triggers count, since counting rows with long bodies takes longer than adding one.
SCHEMA = """
    CREATE TABLE inbox (
        place INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, source TEXT NOT NULL,
        received_at INTEGER NOT NULL, headers TEXT NOT NULL, body BLOB NOT NULL
    );
    CREATE TABLE inbox_leases (
        place INTEGER PRIMARY KEY, owner TEXT NOT NULL, until INTEGER NOT NULL
    );
    CREATE TABLE inbox_count (deliveries INTEGER NOT NULL);
    INSERT INTO inbox_count VALUES (0);
    CREATE TRIGGER inbox_came AFTER INSERT ON inbox
        BEGIN UPDATE inbox_count SET deliveries = deliveries + 1; END;
    CREATE TRIGGER inbox_went AFTER DELETE ON inbox
        BEGIN
            UPDATE inbox_count SET deliveries = deliveries - 1;
            DELETE FROM inbox_leases WHERE place = old.place;
        END;
"""


class SqliteInbox:
    """`capacity` bounds it, in deliveries."""

    def __init__(self, database: Database, capacity: int) -> None:
        self._database = database
        self._capacity = capacity

    async def put(self, arrived: Sequence[Arrived]) -> None:
        rows = [
            (one.id, one.source, epoch_ms(one.received_at), _encode(one.headers), one.body)
            for one in arrived
        ]

        def write(connection: sqlite3.Connection) -> None:
            connection.executemany(
                "INSERT INTO inbox (id, source, received_at, headers, body) VALUES (?, ?, ?, ?, ?)",
                rows,
            )
            if _count(connection) > self._capacity:
                raise Unavailable("the inbox is full")

        await self._database.run(write)

    async def take(self, owner: str, limit: int, now: datetime) -> Sequence[Arrived]:
        moment = epoch_ms(now)
        until = epoch_ms(now + LEASE)

        def write(connection: sqlite3.Connection) -> list[Arrived]:
            free = connection.execute(
                "SELECT place, length(body) FROM inbox LEFT JOIN inbox_leases USING (place)"
                " WHERE until IS NULL OR until <= ? OR owner = ? ORDER BY place LIMIT ?",
                (moment, owner, limit),
            ).fetchall()
            places = [place for place, _ in free[: how_many_fit(size for _, size in free)]]
            connection.executemany(
                "INSERT OR REPLACE INTO inbox_leases VALUES (?, ?, ?)",
                [(place, owner, until) for place in places],
            )
            marks = ",".join("?" * len(places))
            rows = connection.execute(
                "SELECT id, source, headers, body, received_at FROM inbox"
                f" WHERE place IN ({marks}) ORDER BY place",
                places,
            )
            return [
                Arrived(id, source, msgspec.json.decode(headers), body, from_epoch_ms(received_at))
                for id, source, headers, body, received_at in rows
            ]

        return await self._database.run(write) if await self.count() else []

    async def remove(self, ids: Collection[str]) -> None:
        def write(connection: sqlite3.Connection) -> None:
            connection.executemany("DELETE FROM inbox WHERE id = ?", [(one,) for one in ids])

        await self._database.run(write)

    async def count(self) -> int:
        return await self._database.read(_count)


def _encode(headers: object) -> str:
    return msgspec.json.encode(headers).decode()


def _count(connection: sqlite3.Connection) -> int:
    (count,) = connection.execute("SELECT deliveries FROM inbox_count").fetchone()
    return int(count)
