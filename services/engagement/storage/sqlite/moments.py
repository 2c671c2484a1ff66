"""Moments in SQLite, and profiles by when they are due."""

import sqlite3
from collections.abc import Collection, Iterable, Sequence
from typing import Any, cast

import msgspec

from services.engagement.domain.moment import Moment
from services.engagement.domain.moments import Observed
from services.engagement.domain.profile import Profile
from services.engagement.domain.timeline import Place
from services.engagement.storage.live import when_let
from services.engagement.storage.sqlite import rows
from services.engagement.storage.sqlite.books import SqliteBookStore, mark_stale
from services.engagement.storage.sqlite.profiles import read_profiles
from services.engagement.storage.sqlite.watches import look_soon, replace_watches
from shared.contracts.engagement import ActRef, MomentKind
from shared.storage.sqlite import Database

SCHEMA = """
    CREATE TABLE moments (
        id TEXT PRIMARY KEY, customer TEXT NOT NULL, kind TEXT NOT NULL, name TEXT NOT NULL,
        time INTEGER NOT NULL, number INTEGER, act TEXT, announced INTEGER NOT NULL
    ) WITHOUT ROWID;
    CREATE INDEX moments_by_time ON moments (customer, time, id);
    CREATE INDEX moments_unannounced ON moments (time) WHERE NOT announced;
"""
"""A migration. `act` is JSON; a moment of long ago stands as announced from the start."""

_COLUMNS = "id, customer, kind, time, name, number, act"
_decode = msgspec.json.Decoder(ActRef).decode


def insert_moments(connection: sqlite3.Connection, observed: Iterable[Observed]) -> None:
    """Keep the moments that were observed; one with an id that is known changes nothing."""
    found = [
        (*_row(moment), announced)
        for one in observed
        for moments, announced in ((one.moments, False), (one.history, True))
        for moment in moments
    ]
    connection.executemany(
        f"INSERT OR IGNORE INTO moments ({_COLUMNS}, announced) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        found,
    )


def forget_moments(connection: sqlite3.Connection, customers: Iterable[str]) -> None:
    """Delete the moments of customers who are erased."""
    connection.executemany(
        "DELETE FROM moments WHERE customer = ?", [(customer,) for customer in customers]
    )


class SqliteMomentStore:
    """Table moments, and columns watch and due of each book's profiles."""

    def __init__(self, database: Database, books: SqliteBookStore) -> None:
        self._database = database
        self._books = books

    async def keep(self, moments: Sequence[Moment]) -> None:
        def transact(connection: sqlite3.Connection) -> None:
            standings = rows.standings(connection, {moment.customer for moment in moments})
            erased = {id for id, standing in standings.items() if standing.erased}
            connection.executemany(
                f"INSERT OR IGNORE INTO moments ({_COLUMNS}, announced)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                [(*_row(one), False) for one in moments if one.customer not in erased],
            )

        await self._database.run(transact)

    async def unannounced(self, most: int) -> Sequence[Moment]:
        def read(connection: sqlite3.Connection) -> list[Moment]:
            found = connection.execute(
                f"SELECT {_COLUMNS} FROM moments WHERE NOT announced ORDER BY time LIMIT ?",
                (most,),
            )
            return [_moment(row) for row in found]

        return await self._database.read(read)

    async def mark_announced(self, ids: Collection[str]) -> None:
        await self._database.run(
            lambda connection: connection.executemany(
                "UPDATE moments SET announced = TRUE WHERE id = ?", [(id,) for id in ids]
            )
        )

    async def of(
        self, customers: Collection[str], before: Place | None, most: int
    ) -> Sequence[Moment]:
        behind = "" if before is None else " AND (time, id) < (?, ?)"

        def read(connection: sqlite3.Connection) -> list[Moment]:
            found = connection.execute(
                f"SELECT {_COLUMNS} FROM moments WHERE customer IN"
                f" ({','.join('?' * len(customers))}){behind} ORDER BY time DESC, id DESC LIMIT ?",
                (*customers, *(before or ()), most),
            )
            return [_moment(row) for row in found]

        return await self._database.read(read)

    async def take_due(self, now: int, until: int, most: int) -> Sequence[Profile]:
        book = (await self._books.live()).number

        def transact(connection: sqlite3.Connection) -> list[Profile]:
            taken = connection.execute(
                f"UPDATE profiles_{book} SET due = ? WHERE customer IN"
                f" (SELECT customer FROM profiles_{book} WHERE due <= ? ORDER BY due LIMIT ?)"
                " RETURNING customer",
                (until, now, most),
            ).fetchall()
            customers = [customer for (customer,) in taken]
            return list(read_profiles(connection, book, customers).values())

        return await self._database.run(transact)

    async def conclude(self, looked: Sequence[tuple[Profile, Observed]]) -> int:
        def transact(connection: sqlite3.Connection) -> int:
            live = self._books.changing(connection)
            customers = [profile.customer for profile, _ in looked]
            now = read_profiles(connection, live.number, customers)
            same = {p.customer: seen for p, seen in looked if now.get(p.customer) == p}
            insert_moments(connection, same.values())
            watches = {customer: seen.watch for customer, seen in same.items()}
            replace_watches(connection, live.number, watches)
            look_soon(connection, live.number, now.keys() - same.keys())
            mark_stale(connection, live, same.keys())
            return len(same)

        return await when_let(lambda: self._database.run(transact), self._books.lift)


def _row(moment: Moment) -> tuple[object, ...]:
    act = None if moment.act is None else msgspec.json.encode(moment.act).decode()
    return (
        moment.id,
        moment.customer,
        moment.kind,
        moment.time,
        moment.name,
        moment.number,
        act,
    )


def _moment(row: tuple[Any, ...]) -> Moment:
    id, customer, kind, time, name, number, act = row
    return Moment(
        id=id,
        customer=customer,
        kind=cast(MomentKind, kind),
        name=name,
        time=time,
        number=number,
        act=None if act is None else _decode(act),
    )
