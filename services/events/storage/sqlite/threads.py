"""The memory of discussions in SQLite."""

import sqlite3
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

import msgspec

from services.events.domain.thread import Entry, TakenBack, Thread, keep
from services.events.ports.threads import RETENTION
from shared.clock import epoch_ms
from shared.storage.sqlite import Database

SCHEMA = """
    CREATE TABLE thread_entries (
        source TEXT NOT NULL, id TEXT NOT NULL, thread_id TEXT NOT NULL, author TEXT NOT NULL,
        helper TEXT NOT NULL, seen_at INTEGER NOT NULL, body BLOB NOT NULL,
        PRIMARY KEY (source, id)
    ) WITHOUT ROWID;
    CREATE INDEX thread_entries_by_thread ON thread_entries (source, thread_id);
    CREATE INDEX thread_entries_by_author ON thread_entries (author);
    CREATE INDEX thread_entries_by_helper ON thread_entries (helper) WHERE helper <> '';
    CREATE INDEX thread_entries_by_age ON thread_entries (seen_at);
    CREATE TABLE thread_withdrawals (
        source TEXT NOT NULL, id TEXT NOT NULL, seen_at INTEGER NOT NULL, PRIMARY KEY (source, id)
    ) WITHOUT ROWID;
    CREATE INDEX thread_withdrawals_by_age ON thread_withdrawals (seen_at);
"""

_ENTRY = msgspec.json.Decoder(Entry)
Key = tuple[str, str]


class SqliteThreads:
    """One row an entry, one a withdrawal."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def remember(self, notes: Sequence[Entry | TakenBack], now: datetime) -> Sequence[Thread]:
        def write(connection: sqlite3.Connection) -> list[Thread]:
            _expire(connection, epoch_ms(now - RETENTION))
            touched: dict[Key, Thread] = {}
            for note in notes:
                if isinstance(note, TakenBack):
                    key = _take_back(connection, note, epoch_ms(now))
                else:
                    key = note.thread_key
                if key is not None and key not in touched:
                    touched[key] = _thread(connection, key)
                if isinstance(note, Entry):
                    touched[note.thread_key] = _put(
                        connection, touched[note.thread_key], note, epoch_ms(now)
                    )
            return [_thread(connection, key) for key in touched]

        return await self._database.run(write)

    async def forget(self, subjects: Collection[str]) -> None:
        def write(connection: sqlite3.Connection) -> None:
            connection.executemany(
                "DELETE FROM thread_entries WHERE author = ?1 OR (helper = ?1 AND helper <> '')",
                [(subject,) for subject in subjects],
            )

        await self._database.run(write)
        await self._database.scrub()


def _expire(connection: sqlite3.Connection, before: int) -> None:
    for table in ("thread_entries", "thread_withdrawals"):
        connection.execute(f"DELETE FROM {table} WHERE seen_at < ?", (before,))


def _put(connection: sqlite3.Connection, thread: Thread, entry: Entry, now: int) -> Thread:
    kept = keep(thread, entry)
    if kept is not thread:
        connection.execute(
            "INSERT OR REPLACE INTO thread_entries VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                entry.source,
                entry.id,
                entry.thread_id,
                entry.author,
                entry.helper,
                now,
                msgspec.json.encode(entry),
            ),
        )
    return kept


def _take_back(connection: sqlite3.Connection, told: TakenBack, now: int) -> Key | None:
    """Returns the thread that it is about, if that is known yet."""
    connection.execute(
        "INSERT OR IGNORE INTO thread_withdrawals VALUES (?, ?, ?)", (told.source, told.id, now)
    )
    row = connection.execute(
        "SELECT source, thread_id FROM thread_entries WHERE source = ? AND id = ?", told.key
    ).fetchone()
    return None if row is None else (row[0], row[1])


def _thread(connection: sqlite3.Connection, key: Key) -> Thread:
    rows: Iterable[tuple[bytes, int]] = connection.execute(
        "SELECT e.body, w.id IS NOT NULL FROM thread_entries e"
        " LEFT JOIN thread_withdrawals w ON w.source = e.source AND w.id = e.id"
        " WHERE e.source = ? AND e.thread_id = ? ORDER BY e.id",
        key,
    )
    entries = [(_ENTRY.decode(body), withdrawn) for body, withdrawn in rows]
    return Thread(
        *key,
        tuple(entry for entry, _ in entries),
        frozenset(entry.id for entry, withdrawn in entries if withdrawn),
    )
