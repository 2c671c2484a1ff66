"""Referrals in SQLite."""

import sqlite3
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import msgspec

from services.events.domain.referral import Referral, erase_referee
from services.events.ports.referrals import Position, Wanted
from shared.clock import epoch_ms
from shared.storage.sqlite import Database

SCHEMA = """
    CREATE TABLE referrals (
        id TEXT PRIMARY KEY, code TEXT NOT NULL, referrer TEXT NOT NULL, referee TEXT,
        opened_at INTEGER NOT NULL, registered_at INTEGER, ip TEXT, flagged INTEGER NOT NULL,
        due_at INTEGER, version INTEGER NOT NULL, body BLOB NOT NULL
    );
    CREATE INDEX referrals_by_age ON referrals (opened_at, id);
    CREATE INDEX referrals_by_referrer ON referrals (referrer, opened_at, id);
    CREATE INDEX referrals_by_referee ON referrals (referee) WHERE referee IS NOT NULL;
    CREATE INDEX referrals_flagged ON referrals (opened_at, id) WHERE flagged;
    CREATE INDEX referrals_due ON referrals (due_at) WHERE due_at IS NOT NULL;
    CREATE INDEX referrals_by_ip ON referrals (code, ip, registered_at) WHERE ip IS NOT NULL;
    CREATE TABLE referees (subject TEXT PRIMARY KEY, referral TEXT NOT NULL) WITHOUT ROWID;
    CREATE INDEX referees_by_referral ON referees (referral);
"""

_DECODE = msgspec.json.Decoder(Referral).decode
_AT_ONCE = 500


class SqliteReferrals:
    """One row a referral, and one for each id or alias of a referee."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, referral: Referral) -> Referral:
        def write(connection: sqlite3.Connection) -> Referral:
            connection.execute(
                "INSERT OR IGNORE INTO referrals VALUES (?,?,?,?,?,?,?,?,?,?,?)", _row(referral)
            )
            return _get(connection, referral.id) or referral

        return await self._database.run(write)

    async def get(self, referral_id: str) -> Referral | None:
        return await self._database.read(lambda connection: _get(connection, referral_id))

    async def change(self, referral: Referral) -> bool:
        return await self._database.run(lambda connection: _change(connection, referral))

    async def bind(self, subject: str, referral_id: str) -> str:
        def write(connection: sqlite3.Connection) -> str:
            connection.execute(
                "INSERT OR IGNORE INTO referees VALUES (?, ?)", (subject, referral_id)
            )
            row = connection.execute(
                "SELECT referral FROM referees WHERE subject = ?", (subject,)
            ).fetchone()
            return str(row[0])

        return await self._database.run(write)

    async def bound(self, subjects: Collection[str]) -> Mapping[str, Referral]:
        def read(connection: sqlite3.Connection) -> dict[str, Referral]:
            rows = _some(
                connection,
                "SELECT subject, body FROM referees JOIN referrals ON id = referral"
                " WHERE subject IN ({})",
                subjects,
            )
            return {subject: _DECODE(body) for subject, body in rows}

        return await self._database.read(read)

    async def page(self, wanted: Wanted, after: Position | None, limit: int) -> Sequence[Referral]:
        since, last = (-1, "") if after is None else (epoch_ms(after[0]), after[1])
        conditions, values = ["(opened_at, id) > (?, ?)"], list[object]((since, last))
        if wanted.referrers is not None:
            conditions.append(f"referrer IN ({','.join('?' * len(wanted.referrers))})")
            values += wanted.referrers
        if wanted.flagged:
            conditions.append("flagged")

        def read(connection: sqlite3.Connection) -> list[Referral]:
            rows = connection.execute(
                f"SELECT body FROM referrals WHERE {' AND '.join(conditions)}"
                " ORDER BY opened_at, id LIMIT ?",
                (*values, limit),
            )
            return [_DECODE(body) for (body,) in rows]

        return await self._database.read(read)

    async def due(self, now: datetime, limit: int) -> Sequence[Referral]:
        def read(connection: sqlite3.Connection) -> list[Referral]:
            rows = connection.execute(
                "SELECT body FROM referrals WHERE due_at <= ? ORDER BY due_at LIMIT ?",
                (epoch_ms(now), limit),
            )
            return [_DECODE(body) for (body,) in rows]

        return await self._database.read(read)

    async def claims_from(self, code: str, ip: str, since: datetime) -> int:
        def read(connection: sqlite3.Connection) -> int:
            row = connection.execute(
                "SELECT count(*) FROM referrals WHERE code = ? AND ip = ? AND registered_at > ?",
                (code, ip, epoch_ms(since)),
            ).fetchone()
            return int(row[0])

        return await self._database.read(read)

    async def forget(self, subjects: Collection[str]) -> None:
        def write(connection: sqlite3.Connection) -> None:
            for subject in subjects:
                _forget_referrer(connection, subject)
                _forget_referee(connection, subject)

        await self._database.run(write)
        await self._database.scrub()


def _forget_referrer(connection: sqlite3.Connection, subject: str) -> None:
    connection.execute(
        "DELETE FROM referees WHERE referral IN (SELECT id FROM referrals WHERE referrer = ?)",
        (subject,),
    )
    connection.execute("DELETE FROM referrals WHERE referrer = ?", (subject,))


def _forget_referee(connection: sqlite3.Connection, subject: str) -> None:
    rows = connection.execute(
        "SELECT body FROM referrals WHERE referee = ?1"
        " OR id = (SELECT referral FROM referees WHERE subject = ?1)",
        (subject,),
    ).fetchall()
    for (body,) in rows:
        referral = _DECODE(body)
        _change(connection, erase_referee(referral))
        connection.execute("DELETE FROM referees WHERE referral = ?", (referral.id,))


def _change(connection: sqlite3.Connection, referral: Referral) -> bool:
    row = _row(replace(referral, version=referral.version + 1))
    changed = connection.execute(
        "UPDATE referrals SET code = ?, referrer = ?, referee = ?, opened_at = ?,"
        " registered_at = ?, ip = ?, flagged = ?, due_at = ?, version = ?, body = ?"
        " WHERE id = ? AND version = ?",
        (*row[1:], referral.id, referral.version),
    )
    return changed.rowcount > 0


def _get(connection: sqlite3.Connection, referral_id: str) -> Referral | None:
    row = connection.execute("SELECT body FROM referrals WHERE id = ?", (referral_id,)).fetchone()
    return None if row is None else _DECODE(row[0])


def _some(
    connection: sqlite3.Connection, query: str, values: Iterable[str]
) -> list[tuple[Any, ...]]:
    wanted, found = list(values), []
    for start in range(0, len(wanted), _AT_ONCE):
        some = wanted[start : start + _AT_ONCE]
        found += connection.execute(query.format(",".join("?" * len(some))), some).fetchall()
    return found


def _row(referral: Referral) -> tuple[Any, ...]:
    return (
        referral.id,
        referral.code,
        referral.referrer,
        referral.referee,
        epoch_ms(referral.opened_at),
        None if referral.registered_at is None else epoch_ms(referral.registered_at),
        referral.ip,
        bool(referral.flags),
        None if referral.due_at is None else epoch_ms(referral.due_at),
        referral.version,
        msgspec.json.encode(referral),
    )
