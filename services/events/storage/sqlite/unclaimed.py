"""Acts of unknown aliases in SQLite."""

import sqlite3
from collections.abc import Collection, Sequence
from datetime import datetime

from services.events.domain.waiting import Waiting
from shared.clock import epoch_ms, from_epoch_ms
from shared.contracts.cloudevents import CloudEvent
from shared.contracts.cloudevents.json_format import decode_event, encode_event
from shared.errors import Unavailable
from shared.storage.sqlite import Database

# Triggers count, since counting a million rows takes longer than keeping one.
SCHEMA = """
    CREATE TABLE unclaimed (
        place INTEGER PRIMARY KEY AUTOINCREMENT, alias TEXT NOT NULL, source TEXT NOT NULL,
        event_id TEXT NOT NULL, kept_at INTEGER NOT NULL, body BLOB NOT NULL,
        UNIQUE (source, event_id)
    );
    CREATE INDEX unclaimed_by_alias ON unclaimed (alias, place, kept_at);
    CREATE INDEX unclaimed_by_age ON unclaimed (kept_at);
    CREATE TABLE unclaimed_count (acts INTEGER NOT NULL);
    INSERT INTO unclaimed_count VALUES (0);
    CREATE TRIGGER unclaimed_came AFTER INSERT ON unclaimed
        BEGIN UPDATE unclaimed_count SET acts = acts + 1; END;
    CREATE TRIGGER unclaimed_went AFTER DELETE ON unclaimed
        BEGIN UPDATE unclaimed_count SET acts = acts - 1; END;
"""


class SqliteUnclaimed:
    """`capacity` bounds it, in acts."""

    def __init__(self, database: Database, capacity: int) -> None:
        self._database = database
        self._capacity = capacity

    async def keep(self, acts: Sequence[CloudEvent], now: datetime) -> None:
        def write(connection: sqlite3.Connection) -> None:
            connection.executemany(
                "INSERT OR IGNORE INTO unclaimed (alias, source, event_id, kept_at, body)"
                " VALUES (?, ?, ?, ?, ?)",
                [(a.subject, a.source, a.id, epoch_ms(now), encode_event(a)) for a in acts],
            )
            if _count(connection) > self._capacity:
                raise Unavailable("no more acts of unknown aliases can be kept")

        await self._database.run(write)

    async def acts_of(self, aliases: Collection[str], limit: int) -> Sequence[CloudEvent]:
        def read(connection: sqlite3.Connection) -> list[CloudEvent]:
            rows = connection.execute(
                f"SELECT body FROM unclaimed WHERE alias IN ({','.join('?' * len(aliases))})"
                " ORDER BY place LIMIT ?",
                (*aliases, limit),
            )
            return [decode_event(body) for (body,) in rows]

        return await self._database.read(read)

    async def remove(self, acts: Sequence[CloudEvent]) -> None:
        def write(connection: sqlite3.Connection) -> None:
            connection.executemany(
                "DELETE FROM unclaimed WHERE source = ? AND event_id = ?",
                [(act.source, act.id) for act in acts],
            )

        await self._database.run(write)

    async def aliases(self, after: str, limit: int) -> Sequence[str]:
        def read(connection: sqlite3.Connection) -> list[str]:
            rows = connection.execute(
                "SELECT DISTINCT alias FROM unclaimed WHERE alias > ? ORDER BY alias LIMIT ?",
                (after, limit),
            )
            return [alias for (alias,) in rows]

        return await self._database.read(read)

    async def waiting(self, after: str, limit: int) -> Sequence[Waiting]:
        def read(connection: sqlite3.Connection) -> list[Waiting]:
            rows = connection.execute(
                "SELECT alias, count(*), min(kept_at) FROM unclaimed WHERE alias > ?"
                " GROUP BY alias ORDER BY alias LIMIT ?",
                (after, limit),
            )
            return [Waiting(alias, count, from_epoch_ms(since)) for alias, count, since in rows]

        return await self._database.read(read)

    async def count(self) -> int:
        return await self._database.read(_count)

    async def expire(self, before: datetime) -> int:
        def write(connection: sqlite3.Connection) -> int:
            gone = connection.execute(
                "DELETE FROM unclaimed WHERE kept_at < ?", (epoch_ms(before),)
            )
            return gone.rowcount

        return await self._database.run(write)

    async def forget(self, subjects: Collection[str]) -> None:
        def write(connection: sqlite3.Connection) -> None:
            connection.executemany(
                "DELETE FROM unclaimed WHERE alias = ?", [(subject,) for subject in subjects]
            )

        await self._database.run(write)
        await self._database.scrub()


def _count(connection: sqlite3.Connection) -> int:
    (count,) = connection.execute("SELECT acts FROM unclaimed_count").fetchone()
    return int(count)
