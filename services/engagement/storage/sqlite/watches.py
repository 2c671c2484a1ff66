"""What has been noticed of customers, in the columns of SQLite's profiles."""

import sqlite3
from collections.abc import Iterable, Mapping

import msgspec

from services.engagement.domain.watch import UNWATCHED, Watch

SCHEMA = """
    ALTER TABLE profiles_1 ADD COLUMN watch TEXT;
    ALTER TABLE profiles_1 ADD COLUMN due INTEGER;
    CREATE INDEX profiles_1_by_due ON profiles_1 (due) WHERE due IS NOT NULL;
    UPDATE profiles_1 SET due = 0;
"""
"""A migration. `watch` is JSON; `due` is its due, or until when somebody is looking."""

_decode = msgspec.json.Decoder(Watch).decode


def watch_of(text: str | None) -> Watch:
    """A watch from its column."""
    return UNWATCHED if text is None else _decode(text)


def write_watches(connection: sqlite3.Connection, book: int, watches: Mapping[str, Watch]) -> None:
    """Keep what was noticed as acts were scored; nobody is due later for it."""
    connection.executemany(
        f"UPDATE profiles_{book} SET watch = ?1, due = min(coalesce(due, ?2), coalesce(?2, due))"
        " WHERE customer = ?3",
        [(_text(watch), watch.due, customer) for customer, watch in watches.items()],
    )


def replace_watches(
    connection: sqlite3.Connection, book: int, watches: Mapping[str, Watch]
) -> None:
    """Keep what was noticed, and when they are due next."""
    connection.executemany(
        f"UPDATE profiles_{book} SET watch = ?, due = ? WHERE customer = ?",
        [(_text(watch), watch.due, customer) for customer, watch in watches.items()],
    )


def look_soon(connection: sqlite3.Connection, book: int, customers: Iterable[str]) -> None:
    """Have profiles looked at that were changed by something else than acts."""
    connection.executemany(
        f"UPDATE profiles_{book} SET due = 0 WHERE customer = ?", [(one,) for one in customers]
    )


def _text(watch: Watch) -> str:
    return msgspec.json.encode(watch).decode()
