"""Who is who in SQLite."""

import sqlite3
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from services.events.domain.identity import By, Link, Linked, is_alias
from services.events.domain.linking import LONGEST_CHAIN, plan
from shared.clock import epoch_ms, from_epoch_ms
from shared.storage.sqlite import Database

SCHEMA = """
    CREATE TABLE identities (
        alias TEXT PRIMARY KEY, target TEXT NOT NULL, since INTEGER NOT NULL, said_by TEXT NOT NULL
    ) WITHOUT ROWID;
    CREATE INDEX identities_by_target ON identities (target);
"""

_COLUMNS = "alias, target, since, said_by"
_AT_ONCE = 500


class SqliteIdentities:
    """One row an alias."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def resolve(self, aliases: Collection[str]) -> Mapping[str, str]:
        return await self._database.read(lambda connection: _resolve(connection, aliases))

    async def link(
        self, links: Sequence[Link], by: By, now: datetime, *, move: bool = False
    ) -> Sequence[Link]:
        if not links:
            return []

        def write(connection: sqlite3.Connection) -> Sequence[Link]:
            known = _known(connection, links)
            planned = plan(links, known, move=move)
            connection.executemany(
                f"INSERT OR REPLACE INTO identities ({_COLUMNS}) VALUES (?, ?, ?, ?)",
                [(one.alias, one.target, epoch_ms(now), by) for one in planned.made],
            )
            return planned.refused

        return await self._database.run(write)

    async def unlink(self, links: Collection[Link]) -> int:
        def write(connection: sqlite3.Connection) -> int:
            gone = connection.executemany(
                "DELETE FROM identities WHERE alias = ? AND target = ?",
                [(link.alias, link.target) for link in links],
            )
            return gone.rowcount

        return await self._database.run(write)

    async def get(self, aliases: Collection[str]) -> Sequence[Linked]:
        return await self._database.read(lambda connection: _by(connection, "alias", aliases))

    async def leading_to(
        self, subjects: Collection[str], *, leaving_out: Sequence[str] = ()
    ) -> Sequence[Linked]:
        return await self._database.read(
            lambda connection: _leading_to(connection, subjects, leaving_out)
        )

    async def starting_with(self, prefix: str, limit: int) -> Sequence[Linked]:
        def read(connection: sqlite3.Connection) -> Sequence[Linked]:
            rows = connection.execute(
                f"SELECT {_COLUMNS} FROM identities WHERE alias >= ? AND substr(alias, 1, ?) = ?"
                " ORDER BY alias LIMIT ?",
                (prefix, len(prefix), prefix, limit),
            )
            return [_linked(row) for row in rows]

        return await self._database.read(read)

    async def forget(self, subjects: Collection[str]) -> None:
        def write(connection: sqlite3.Connection) -> None:
            connection.executemany(
                "DELETE FROM identities WHERE alias = ?1 OR target = ?1",
                [(subject,) for subject in subjects],
            )

        await self._database.run(write)
        await self._database.scrub()


def _resolve(connection: sqlite3.Connection, aliases: Iterable[str]) -> dict[str, str]:
    """Level by level, all aliases at once."""
    places = {alias: alias for alias in aliases}
    found: dict[str, str] = {}
    for _ in range(LONGEST_CHAIN):
        steps = _steps(connection, set(places.values()))
        places = {alias: steps[place] for alias, place in places.items() if place in steps}
        found |= {alias: place for alias, place in places.items() if not is_alias(place)}
        places = {alias: place for alias, place in places.items() if is_alias(place)}
        if not places:
            break
    return found


def _leading_to(
    connection: sqlite3.Connection, subjects: Iterable[str], leaving_out: Sequence[str] = ()
) -> list[Linked]:
    found: dict[str, Linked] = {}
    level: Collection[str] = set(subjects)
    for _ in range(LONGEST_CHAIN):
        rows = _rows(connection, "target", level, leaving_out)
        news = {one.alias: one for one in map(_linked, rows)}
        level = news.keys() - found.keys()
        found |= news
        if not level:
            break
    return list(found.values())


def _known(connection: sqlite3.Connection, links: Sequence[Link]) -> dict[str, str]:
    """All that `plan` has to know of these links."""
    known = {
        one.alias: one.target for one in _leading_to(connection, {link.alias for link in links})
    }
    level = {subject for link in links for subject in (link.alias, link.target)}
    for _ in range(LONGEST_CHAIN + 1):
        steps = _steps(connection, level)
        level = set(steps.values()) - known.keys()
        known |= steps
        if not level:
            break
    return known


def _steps(connection: sqlite3.Connection, aliases: Collection[str]) -> dict[str, str]:
    return {row[0]: row[1] for row in _rows(connection, "alias", aliases)}


def _by(connection: sqlite3.Connection, column: str, values: Collection[str]) -> list[Linked]:
    return [_linked(row) for row in _rows(connection, column, values)]


def _rows(
    connection: sqlite3.Connection,
    column: str,
    values: Collection[str],
    leaving_out: Sequence[str] = (),
) -> Iterator[tuple[Any, ...]]:
    wanted = list(values)
    others = " AND substr(alias, 1, ?) <> ?" * len(leaving_out)
    beginnings = [value for beginning in leaving_out for value in (len(beginning), beginning)]
    for start in range(0, len(wanted), _AT_ONCE):
        some = wanted[start : start + _AT_ONCE]
        places = ",".join("?" * len(some))
        yield from connection.execute(
            f"SELECT {_COLUMNS} FROM identities WHERE {column} IN ({places}){others}",
            [*some, *beginnings],
        )


def _linked(row: tuple[Any, ...]) -> Linked:
    return Linked(row[0], row[1], from_epoch_ms(row[2]), row[3])
