"""The spool in SQLite."""

import sqlite3
from collections.abc import Collection, Sequence
from datetime import datetime

from services.events.domain.event_key import event_key
from services.events.ports.spool import Spooled
from shared.clock import epoch_ms
from shared.contracts.cloudevents import CloudEvent
from shared.contracts.cloudevents.json_format import decode_event, encode_event
from shared.errors import Unavailable
from shared.storage.sqlite import Database

LEASE_MS = 60_000

SCHEMA = """
    CREATE TABLE spool (
        place INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, subject TEXT NOT NULL,
        leased_until INTEGER NOT NULL DEFAULT 0, event BLOB NOT NULL
    );
    CREATE INDEX spool_by_subject ON spool (subject);
"""


class SqliteSpool:
    """`capacity` bounds it, in acts."""

    def __init__(self, database: Database, capacity: int) -> None:
        self._database = database
        self._capacity = capacity

    async def keep(self, events: Sequence[CloudEvent], now: datetime) -> None:
        def write(connection: sqlite3.Connection) -> None:
            (count,) = connection.execute("SELECT count(*) FROM spool").fetchone()
            if count + len(events) > self._capacity:
                raise Unavailable("the spool is full")
            connection.executemany(
                "INSERT OR IGNORE INTO spool (key, subject, event) VALUES (?, ?, ?)",
                [(event_key(one), one.subject or "", encode_event(one)) for one in events],
            )

        await self._database.run(write)

    async def take(self, limit: int, now: datetime) -> Sequence[Spooled]:
        moment = epoch_ms(now)

        def write(connection: sqlite3.Connection) -> list[Spooled]:
            rows = connection.execute(
                "UPDATE spool SET leased_until = ? WHERE place IN (SELECT place FROM spool"
                " WHERE leased_until <= ? ORDER BY place LIMIT ?) RETURNING place, key, event",
                (moment + LEASE_MS, moment, limit),
            ).fetchall()
            return [Spooled(key, decode_event(event)) for _, key, event in sorted(rows)]

        return await self._database.run(write)

    async def remove(self, keys: Collection[str]) -> None:
        def write(connection: sqlite3.Connection) -> None:
            connection.executemany("DELETE FROM spool WHERE key = ?", [(key,) for key in keys])

        await self._database.run(write)

    async def count(self) -> int:
        def read(connection: sqlite3.Connection) -> int:
            return int(connection.execute("SELECT count(*) FROM spool").fetchone()[0])

        return await self._database.read(read)

    async def forget(self, subjects: Collection[str]) -> None:
        def write(connection: sqlite3.Connection) -> None:
            connection.executemany("DELETE FROM spool WHERE subject = ?", [(s,) for s in subjects])

        await self._database.run(write)
        await self._database.scrub()
