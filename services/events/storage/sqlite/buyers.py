"""First purchases in SQLite."""

import sqlite3
from collections.abc import Collection, Mapping

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

    async def first_purchases(self, subjects: Collection[str]) -> Mapping[str, Telling]:
        wanted = list(subjects)

        def read(connection: sqlite3.Connection) -> dict[str, Telling]:
            found: dict[str, Telling] = {}
            for start in range(0, len(wanted), _AT_ONCE):
                some = wanted[start : start + _AT_ONCE]
                rows = connection.execute(
                    f"SELECT subject, first FROM buyers WHERE subject IN"
                    f" ({','.join('?' * len(some))})",
                    some,
                )
                found |= {subject: _DECODE(first) for subject, first in rows}
            return found

        return await self._database.read(read)

    async def forget(self, subjects: Collection[str]) -> None:
        def write(connection: sqlite3.Connection) -> None:
            connection.executemany(
                "DELETE FROM buyers WHERE subject = ?", [(subject,) for subject in subjects]
            )

        await self._database.run(write)
        await self._database.scrub()
