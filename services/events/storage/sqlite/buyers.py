"""First purchases in SQLite."""

import sqlite3
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from services.events.domain.referred_order import Telling
from shared.clock import epoch_ms
from shared.storage.sqlite import Database

SCHEMA = """
    CREATE TABLE buyers (subject TEXT PRIMARY KEY, at INTEGER NOT NULL, first BLOB NOT NULL)
        WITHOUT ROWID;
"""

_DECODE = msgspec.json.Decoder(Telling).decode
_AT_ONCE = 500


class SqliteBuyers:
    """One row a buyer."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def bought(self, purchases: Mapping[str, Telling]) -> None:
        rows = [
            (subject, epoch_ms(one.at), msgspec.json.encode(one))
            for subject, one in purchases.items()
        ]

        def write(connection: sqlite3.Connection) -> None:
            connection.executemany(
                "INSERT INTO buyers VALUES (?, ?, ?) ON CONFLICT (subject) DO UPDATE"
                " SET at = excluded.at, first = excluded.first WHERE excluded.at < at",
                rows,
            )

        await self._database.run(write)

    async def bought_by(self, times: Mapping[str, datetime]) -> frozenset[str]:
        def read(connection: sqlite3.Connection) -> frozenset[str]:
            return frozenset(
                subject
                for subject, at in _rows(connection, "at", list(times))
                if at <= epoch_ms(times[subject])
            )

        return await self._database.read(read)

    async def first_purchases(self, subjects: Collection[str]) -> Mapping[str, Telling]:
        def read(connection: sqlite3.Connection) -> dict[str, Telling]:
            rows = _rows(connection, "first", list(subjects))
            return {subject: _DECODE(first) for subject, first in rows}

        return await self._database.read(read)

    async def forget(self, subjects: Collection[str]) -> None:
        def write(connection: sqlite3.Connection) -> None:
            connection.executemany(
                "DELETE FROM buyers WHERE subject = ?", [(subject,) for subject in subjects]
            )

        await self._database.run(write)
        await self._database.scrub()


def _rows(
    connection: sqlite3.Connection, column: str, subjects: Sequence[str]
) -> Iterator[tuple[str, Any]]:
    for start in range(0, len(subjects), _AT_ONCE):
        some = subjects[start : start + _AT_ONCE]
        yield from connection.execute(
            f"SELECT subject, {column} FROM buyers WHERE subject IN ({','.join('?' * len(some))})",
            some,
        )
