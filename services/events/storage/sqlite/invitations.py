"""Invitations in SQLite."""

import sqlite3
from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from services.events.domain.evidence import Trace
from services.events.domain.invitation import Invitation
from shared.clock import epoch_ms, from_epoch_ms
from shared.errors import Conflict
from shared.storage.sqlite import Database

SCHEMA = """
    CREATE TABLE invitations (
        code TEXT PRIMARY KEY, referrer TEXT NOT NULL UNIQUE, invited_at INTEGER NOT NULL,
        visits INTEGER NOT NULL, visited_at INTEGER, traces BLOB NOT NULL,
        confirmed BLOB NOT NULL, version INTEGER NOT NULL
    ) WITHOUT ROWID;
    CREATE TABLE invitation_visits (
        day TEXT NOT NULL, code TEXT NOT NULL, visitor TEXT NOT NULL,
        PRIMARY KEY (day, code, visitor)
    ) WITHOUT ROWID;
"""

_TRACES = msgspec.json.Decoder(tuple[Trace, ...])
_CONFIRMED = msgspec.json.Decoder(tuple[tuple[str, datetime], ...])


class SqliteInvitations:
    """One row an invitation, and one for each visitor of today."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, invitation: Invitation) -> Invitation:
        def write(connection: sqlite3.Connection) -> Invitation:
            there = _find(connection, "referrer", invitation.referrer)
            if there is not None:
                return there
            if _find(connection, "code", invitation.code) is not None:
                raise Conflict("the code is taken")
            connection.execute(
                "INSERT INTO invitations VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    invitation.code,
                    invitation.referrer,
                    epoch_ms(invitation.invited_at),
                    invitation.visits,
                    invitation.visited_at and epoch_ms(invitation.visited_at),
                    *_body(invitation),
                    invitation.version,
                ),
            )
            return invitation

        return await self._database.run(write)

    async def get(self, code: str) -> Invitation | None:
        return await self._database.read(lambda connection: _find(connection, "code", code))

    async def of(self, referrer: str) -> Invitation | None:
        return await self._database.read(lambda connection: _find(connection, "referrer", referrer))

    async def change(self, invitation: Invitation) -> bool:
        def write(connection: sqlite3.Connection) -> bool:
            changed = connection.execute(
                "UPDATE invitations SET traces = ?, confirmed = ?, version = version + 1"
                " WHERE code = ? AND version = ?",
                (*_body(invitation), invitation.code, invitation.version),
            )
            return changed.rowcount > 0

        return await self._database.run(write)

    async def count_visit(self, code: str, visitor: str, now: datetime) -> bool:
        today = now.astimezone(UTC).date()

        def write(connection: sqlite3.Connection) -> bool:
            yesterday = (today - timedelta(days=1)).isoformat()
            connection.execute("DELETE FROM invitation_visits WHERE day < ?", (yesterday,))
            new = connection.execute(
                "INSERT OR IGNORE INTO invitation_visits VALUES (?, ?, ?)",
                (today.isoformat(), code, visitor),
            )
            if new.rowcount == 0:
                return False
            connection.execute(
                "UPDATE invitations SET visits = visits + 1,"
                " visited_at = coalesce(visited_at, ?) WHERE code = ?",
                (epoch_ms(now), code),
            )
            return True

        return await self._database.run(write)

    async def forget(self, subjects: Collection[str]) -> None:
        def write(connection: sqlite3.Connection) -> None:
            for subject in subjects:
                connection.execute(
                    "DELETE FROM invitation_visits WHERE code IN"
                    " (SELECT code FROM invitations WHERE referrer = ?)",
                    (subject,),
                )
                connection.execute("DELETE FROM invitations WHERE referrer = ?", (subject,))

        await self._database.run(write)
        await self._database.scrub()


def _body(invitation: Invitation) -> tuple[bytes, bytes]:
    return msgspec.json.encode(invitation.traces), msgspec.json.encode(invitation.confirmed)


def _find(connection: sqlite3.Connection, column: str, value: str) -> Invitation | None:
    row: tuple[Any, ...] | None = connection.execute(
        "SELECT code, referrer, invited_at, visits, visited_at, traces, confirmed, version"
        f" FROM invitations WHERE {column} = ?",
        (value,),
    ).fetchone()
    if row is None:
        return None
    return Invitation(
        code=row[0],
        referrer=row[1],
        invited_at=from_epoch_ms(row[2]),
        visits=row[3],
        visited_at=None if row[4] is None else from_epoch_ms(row[4]),
        traces=_TRACES.decode(row[5]),
        confirmed=_CONFIRMED.decode(row[6]),
        version=row[7],
    )
