"""What happened between customers and us, in SQLite."""

import sqlite3
from collections.abc import Collection, Sequence
from typing import Any

import msgspec

from services.engagement.domain.timeline import Body, Item, ItemKind, Place
from services.engagement.storage.sqlite import rows
from shared.storage.sqlite import Database

SCHEMA = """
    CREATE TABLE timeline (
        key TEXT PRIMARY KEY, customer TEXT NOT NULL, time INTEGER NOT NULL, kind TEXT NOT NULL,
        body BLOB NOT NULL
    ) WITHOUT ROWID;
    CREATE INDEX timeline_by_time ON timeline (customer, time, key);
"""
"""A migration. `body` is JSON."""

_decode: msgspec.json.Decoder[Body] = msgspec.json.Decoder(Body)


class SqliteTimelineStore:
    """Table timeline."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, items: Sequence[Item]) -> None:
        def transact(connection: sqlite3.Connection) -> None:
            standings = rows.standings(connection, {item.customer for item in items})
            erased = {id for id, standing in standings.items() if standing.erased}
            connection.executemany(
                "INSERT OR IGNORE INTO timeline VALUES (?, ?, ?, ?, ?)",
                [_row(item) for item in items if item.customer not in erased],
            )

        if items:
            await self._database.run(transact)

    async def find(self, key: str) -> Item | None:
        def read(connection: sqlite3.Connection) -> Item | None:
            row = connection.execute(
                "SELECT key, customer, time, body FROM timeline WHERE key = ?", (key,)
            ).fetchone()
            return None if row is None else _item(row)

        return await self._database.read(read)

    async def recent(
        self,
        customers: Collection[str],
        kinds: Collection[ItemKind],
        before: Place | None,
        most: int,
    ) -> Sequence[Item]:
        behind = "" if before is None else " AND (time, key) < (?, ?)"

        def read(connection: sqlite3.Connection) -> list[Item]:
            found = connection.execute(
                "SELECT key, customer, time, body FROM timeline"
                f" WHERE customer IN ({_marks(customers)}) AND kind IN ({_marks(kinds)}){behind}"
                " ORDER BY time DESC, key DESC LIMIT ?",
                (*customers, *kinds, *(before or ()), most),
            )
            return [_item(row) for row in found]

        return await self._database.read(read)

    async def remove(self, key: str, customers: Collection[str]) -> bool:
        def transact(connection: sqlite3.Connection) -> bool:
            removed = connection.execute(
                f"DELETE FROM timeline WHERE key = ? AND customer IN ({_marks(customers)})",
                (key, *customers),
            )
            return removed.rowcount > 0

        return await self._database.run(transact)

    async def forget(self, customers: Collection[str]) -> None:
        ids = [(customer,) for customer in customers]
        await self._database.run(
            lambda connection: connection.executemany(
                "DELETE FROM timeline WHERE customer = ?", ids
            )
        )
        await self._database.scrub()


def _row(item: Item) -> tuple[object, ...]:
    return (item.key, item.customer, item.time, item.kind, msgspec.json.encode(item.body))


def _item(row: tuple[Any, ...]) -> Item:
    key, customer, time, body = row
    return Item(key=key, customer=customer, time=time, body=_decode.decode(body))


def _marks(values: Collection[str]) -> str:
    return ",".join("?" * len(values))
