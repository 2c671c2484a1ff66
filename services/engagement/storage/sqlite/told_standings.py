"""Where customers stand, as others were told, in SQLite."""

import json
import sqlite3
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from services.engagement.domain.standing import Place, Standing
from services.engagement.storage.sqlite import rows
from shared.storage.sqlite import Database

SCHEMA = """
    CREATE TABLE standings (
        customer TEXT PRIMARY KEY, time INTEGER NOT NULL, place TEXT NOT NULL,
        announced INTEGER NOT NULL
    ) WITHOUT ROWID;
    CREATE INDEX standings_unannounced ON standings (time) WHERE NOT announced;
"""
"""A migration. `place` is JSON."""

_SELECT = "SELECT customer, time, place FROM standings"
_decode = msgspec.json.Decoder(Place).decode


class SqliteStandingStore:
    """Table standings."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of(self, customers: Sequence[str]) -> Sequence[Standing]:
        where = " WHERE customer IN (SELECT value FROM json_each(?))"
        return await self._read(where, (json.dumps(list(customers)),))

    async def between(self, after: str, until: str | None, most: int) -> Sequence[Standing]:
        ends, values = ("", (after,)) if until is None else (" AND customer <= ?", (after, until))
        where = f" WHERE customer > ?{ends} ORDER BY customer LIMIT ?"
        return await self._read(where, (*values, most))

    async def keep(self, standings: Sequence[Standing]) -> None:
        def transact(connection: sqlite3.Connection) -> None:
            known = rows.standings(connection, [one.customer for one in standings])
            erased = {customer for customer, one in known.items() if one.erased}
            _forget(connection, erased)
            connection.executemany(
                "INSERT INTO standings VALUES (?, ?, ?, FALSE) ON CONFLICT DO UPDATE SET"
                " time = excluded.time, place = excluded.place, announced = FALSE"
                " WHERE excluded.time > time",
                [
                    (one.customer, one.time, msgspec.json.encode(one.place).decode())
                    for one in standings
                    if one.customer not in erased
                ],
            )

        if standings:
            await self._database.run(transact)

    async def unannounced(self, most: int) -> Sequence[Standing]:
        return await self._read(" WHERE NOT announced ORDER BY time LIMIT ?", (most,))

    async def mark_announced(self, standings: Sequence[Standing]) -> None:
        told = [(one.customer, one.time) for one in standings]
        await self._database.run(
            lambda connection: connection.executemany(
                "UPDATE standings SET announced = TRUE WHERE customer = ? AND time = ?", told
            )
        )

    async def forget(self, customers: Sequence[str]) -> None:
        await self._database.run(lambda connection: _forget(connection, customers))
        await self._database.scrub()

    async def _read(self, where: str, values: Iterable[Any]) -> list[Standing]:
        def read(connection: sqlite3.Connection) -> list[Standing]:
            found = connection.execute(_SELECT + where, tuple(values))
            return [Standing(customer, time, _decode(place)) for customer, time, place in found]

        return await self._database.read(read)


def _forget(connection: sqlite3.Connection, customers: Iterable[str]) -> None:
    connection.executemany(
        "DELETE FROM standings WHERE customer = ?", [(customer,) for customer in customers]
    )
