"""Suppressed addresses in SQLite."""

import sqlite3
from collections.abc import Collection, Mapping, Sequence

from services.notifier.ports.decisions import Position
from services.notifier.ports.suppressions import Suppression
from services.notifier.storage.sqlite import rows
from shared.storage.sqlite import Database

_COLUMNS = "digest, cause, since, message, code"
_ADD = (
    f"INSERT INTO suppressions ({_COLUMNS}) VALUES (?, ?, ?, ?, ?) ON CONFLICT (digest) DO UPDATE"
    " SET cause = excluded.cause, since = excluded.since, message = excluded.message,"
    " code = excluded.code WHERE excluded.since < suppressions.since"
)


class SqliteSuppressions:
    """Table suppressions."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def among(self, digests: Collection[str]) -> Mapping[str, Suppression]:
        found = await self._select(f"digest {rows.IN_LIST}", rows.json_list(digests))
        return {suppression.digest: suppression for suppression in found}

    async def add(self, suppressions: Sequence[Suppression]) -> None:
        values = [(s.digest, s.cause, s.since, s.message, s.code) for s in suppressions]
        await self._database.run(lambda connection: connection.executemany(_ADD, values))

    async def remove(self, digest: str) -> bool:
        def transact(connection: sqlite3.Connection) -> bool:
            removed = connection.execute("DELETE FROM suppressions WHERE digest = ?", (digest,))
            return removed.rowcount == 1

        return await self._database.run(transact)

    async def page(self, limit: int, after: Position | None) -> Sequence[Suppression]:
        condition, values = "TRUE", list[object]()
        if after is not None:
            condition, values = "(since, digest) < (?, ?)", [after.time, after.id]
        order = "ORDER BY since DESC, digest DESC LIMIT ?"
        return await self._select(f"{condition} {order}", *values, limit)

    async def _select(self, where: str, *values: object) -> list[Suppression]:
        statement = f"SELECT {_COLUMNS} FROM suppressions WHERE {where}"

        def read(connection: sqlite3.Connection) -> list[Suppression]:
            return [Suppression(*row) for row in connection.execute(statement, values)]

        return await self._database.read(read)
