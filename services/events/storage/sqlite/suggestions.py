"""What detectors have found, in SQLite."""

import sqlite3
from collections.abc import Callable, Collection, Sequence
from datetime import datetime

import msgspec

from services.events.domain.precision import Count, band_of
from services.events.domain.suggestion import Status, Suggestion
from shared.clock import epoch_ms
from shared.storage.sqlite import Database

SCHEMA = """
    CREATE TABLE suggestions (
        id TEXT PRIMARY KEY, found_at INTEGER NOT NULL, detector TEXT NOT NULL,
        status TEXT NOT NULL, band INTEGER NOT NULL, body BLOB NOT NULL
    ) WITHOUT ROWID;
    CREATE INDEX suggestions_by_age ON suggestions (found_at, id);
    CREATE INDEX suggestions_by_status ON suggestions (status, found_at, id);
    CREATE INDEX suggestions_by_kind ON suggestions (detector, band, status);
    CREATE TABLE suggestion_people (
        person TEXT NOT NULL,
        suggestion TEXT NOT NULL REFERENCES suggestions (id) ON DELETE CASCADE,
        PRIMARY KEY (person, suggestion)
    ) WITHOUT ROWID;
    CREATE INDEX suggestion_people_by_suggestion ON suggestion_people (suggestion);
"""

_SUGGESTION = msgspec.json.Decoder(Suggestion)


class SqliteSuggestions:
    """One row a finding, and one for each person in it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, found: Sequence[Suggestion]) -> Sequence[Suggestion]:
        def write(connection: sqlite3.Connection) -> list[Suggestion]:
            standing = []
            for one in found:
                known = _get(connection, one.id)
                if known is None:
                    _insert(connection, one)
                standing.append(known or one)
            return standing

        return await self._database.run(write)

    async def get(self, suggestion_id: str) -> Suggestion | None:
        return await self._database.read(lambda connection: _get(connection, suggestion_id))

    async def change(
        self, suggestion_id: str, to: Callable[[Suggestion], Suggestion]
    ) -> Suggestion | None:
        def write(connection: sqlite3.Connection) -> Suggestion | None:
            known = _get(connection, suggestion_id)
            if known is None:
                return None
            changed = to(known)
            if changed != known:
                _update(connection, changed)
            return changed

        return await self._database.run(write)

    async def settle(self, told: Sequence[Suggestion]) -> None:
        def write(connection: sqlite3.Connection) -> None:
            for one in told:
                if _get(connection, one.id) == one:
                    _update(connection, msgspec.structs.replace(one, pending=False))

        await self._database.run(write)

    async def page(
        self,
        status: Status | None,
        detector: str | None,
        after: tuple[datetime, str] | None,
        limit: int,
    ) -> Sequence[Suggestion]:
        since, last = (-1, "") if after is None else (epoch_ms(after[0]), after[1])
        wanted: dict[str, str | int] = {"since": since, "last": last, "limit": limit}
        where = "(found_at, id) > (:since, :last)"
        if status is not None:
            where, wanted["status"] = f"{where} AND status = :status", status
        if detector is not None:
            where, wanted["detector"] = f"{where} AND detector = :detector", detector

        def read(connection: sqlite3.Connection) -> list[Suggestion]:
            rows = connection.execute(
                f"SELECT body FROM suggestions WHERE {where} ORDER BY found_at, id LIMIT :limit",
                wanted,
            )
            return [_SUGGESTION.decode(body) for (body,) in rows]

        return await self._database.read(read)

    async def counts(self) -> Sequence[Count]:
        def read(connection: sqlite3.Connection) -> list[Count]:
            rows = connection.execute(
                "SELECT detector, band, status, count(*) FROM suggestions"
                " GROUP BY detector, band, status ORDER BY detector, band, status"
            )
            return [Count(*row) for row in rows]

        return await self._database.read(read)

    async def forget(self, subjects: Collection[str]) -> None:
        def write(connection: sqlite3.Connection) -> None:
            connection.executemany(
                "DELETE FROM suggestions WHERE id IN"
                " (SELECT suggestion FROM suggestion_people WHERE person = ?)",
                [(subject,) for subject in subjects],
            )

        await self._database.run(write)
        await self._database.scrub()


def _get(connection: sqlite3.Connection, suggestion_id: str) -> Suggestion | None:
    row = connection.execute(
        "SELECT body FROM suggestions WHERE id = ?", (suggestion_id,)
    ).fetchone()
    return None if row is None else _SUGGESTION.decode(row[0])


def _insert(connection: sqlite3.Connection, one: Suggestion) -> None:
    connection.execute(
        "INSERT INTO suggestions VALUES (?, ?, ?, ?, ?, ?)",
        (
            one.id,
            epoch_ms(one.found_at),
            one.detector,
            one.status,
            band_of(one.confidence),
            msgspec.json.encode(one),
        ),
    )
    _insert_people(connection, one)


def _update(connection: sqlite3.Connection, one: Suggestion) -> None:
    connection.execute(
        "UPDATE suggestions SET found_at = ?, status = ?, band = ?, body = ? WHERE id = ?",
        (
            epoch_ms(one.found_at),
            one.status,
            band_of(one.confidence),
            msgspec.json.encode(one),
            one.id,
        ),
    )
    connection.execute("DELETE FROM suggestion_people WHERE suggestion = ?", (one.id,))
    _insert_people(connection, one)


def _insert_people(connection: sqlite3.Connection, one: Suggestion) -> None:
    connection.executemany(
        "INSERT OR IGNORE INTO suggestion_people VALUES (?, ?)",
        [(person, one.id) for person in one.people],
    )
