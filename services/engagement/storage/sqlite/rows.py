"""Rows of the ledger, of profiles and of how customers stand."""

import json
import sqlite3
from collections.abc import Collection, Iterable, Mapping
from math import copysign
from typing import Any

import msgspec

from services.engagement.domain.act import Money
from services.engagement.domain.ledger import Change, Entry
from services.engagement.storage.standing import Standing, customer_hash

COLUMNS = (
    "key, customer, kind, time, dimension, points, counts_from, formula, order_key, units,"
    " currency, note, heft, origin, revision, cumulative, withdraws, track, context"
)
_OF_LEDGER = ", ".join(f"ledger.{column.strip()}" for column in COLUMNS.split(","))
_MARKS = ",".join("?" * (COLUMNS.count(",") + 1))
_PROFILE_TABLES = ("profiles", "sums", "acts", "money")


def insert(connection: sqlite3.Connection, book: int, entries: Iterable[Entry]) -> None:
    """Add entries to the ledger of a book."""
    connection.executemany(
        f"INSERT INTO ledger_{book} ({COLUMNS}) VALUES ({_MARKS})",
        [_row(entry) for entry in entries],
    )


def rewrite(connection: sqlite3.Connection, book: int, entries: Iterable[Entry]) -> None:
    """Put entries in the place of those with the same keys."""
    connection.executemany(
        f"INSERT OR REPLACE INTO ledger_{book} ({COLUMNS}) VALUES ({_MARKS})",
        [_row(entry) for entry in entries],
    )


def select(
    connection: sqlite3.Connection, book: int, column: str, values: Iterable[str]
) -> list[Entry]:
    """Entries that have one of `values` in `column`."""
    # Not as JSON: SQLite ends a text of JSON at a NUL, which an order's id may hold.
    wanted = list(values)
    if not wanted:
        return []
    rows = connection.execute(
        f"SELECT {COLUMNS} FROM ledger_{book} WHERE {column} IN ({','.join('?' * len(wanted))})",
        wanted,
    )
    return [entry_of(row) for row in rows]


def select_tracks(
    connection: sqlite3.Connection, book: int, tracks: Mapping[str, int]
) -> list[Entry]:
    """Entries of tracks, of each from a time (ms) on."""
    found = connection.execute(
        f"SELECT {_OF_LEDGER} FROM json_each(?) AS wanted JOIN ledger_{book} AS ledger"
        " ON ledger.track = wanted.key AND ledger.time >= wanted.value",
        (json.dumps(dict(tracks)),),
    )
    return [entry_of(row) for row in found]


def add(connection: sqlite3.Connection, book: int, customer: str, change: Change) -> None:
    """Add to a profile."""
    connection.execute(
        f"INSERT INTO profiles_{book} (customer, first, last) VALUES (?, ?, ?)"
        " ON CONFLICT DO UPDATE SET first = min(first, excluded.first),"
        " last = max(last, excluded.last)",
        (customer, change.first, change.last),
    )
    connection.executemany(
        f"INSERT INTO sums_{book} VALUES (?, ?, ?)"
        " ON CONFLICT DO UPDATE SET total = total + excluded.total",
        [(customer, name, total) for name, total in change.sums.items()],
    )
    connection.executemany(
        f"INSERT INTO acts_{book} VALUES (?, ?, ?)"
        " ON CONFLICT DO UPDATE SET count = count + excluded.count",
        [(customer, kind, count) for kind, count in change.acts.items()],
    )
    connection.executemany(
        f"INSERT INTO money_{book} VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET"
        " gross = gross + excluded.gross, refunded = refunded + excluded.refunded",
        [(customer, code, gross, back) for code, (gross, back) in change.money.items()],
    )


def empty_profiles(connection: sqlite3.Connection, book: int, customers: Iterable[str]) -> None:
    """Leave of profiles only what was noticed; the rest is added anew."""
    ids = [(customer,) for customer in customers]
    for table in ("sums", "acts", "money"):
        connection.executemany(f"DELETE FROM {table}_{book} WHERE customer = ?", ids)
    connection.executemany(
        f"UPDATE profiles_{book} SET first = {2**62}, last = 0 WHERE customer = ?", ids
    )


def drop_profiles(connection: sqlite3.Connection, book: int, customers: Iterable[str]) -> None:
    """Delete profiles."""
    ids = [(customer,) for customer in customers]
    for table in _PROFILE_TABLES:
        connection.executemany(f"DELETE FROM {table}_{book} WHERE customer = ?", ids)


def mark_withdrawals(connection: sqlite3.Connection, customers: Iterable[str]) -> None:
    """Remember that acts of these customers were taken back."""
    connection.executemany(
        "INSERT INTO customers (hash, has_withdrawals) VALUES (?, TRUE)"
        " ON CONFLICT DO UPDATE SET has_withdrawals = TRUE",
        [(customer_hash(customer),) for customer in customers],
    )


def standings(connection: sqlite3.Connection, customers: Collection[str]) -> Mapping[str, Standing]:
    """How those customers stand of whom there is something to say."""
    by_hash = {customer_hash(customer): customer for customer in customers}
    rows = connection.execute(
        "SELECT hash, erased, merged_into, has_withdrawals, excluded FROM customers"
        " WHERE hash IN (SELECT value FROM json_each(?))",
        (json.dumps(list(by_hash)),),
    )
    return {
        by_hash[key]: Standing(
            bool(erased), merged_into, bool(has_withdrawals), excluded is not None
        )
        for key, erased, merged_into, has_withdrawals, excluded in rows
    }


def entry_of(row: tuple[Any, ...]) -> Entry:
    """An entry from a row of COLUMNS."""
    units, currency = row[9:11]
    return Entry(
        key=row[0],
        customer=row[1],
        origin=row[1] if row[13] is None else row[13],
        kind=row[2],
        time=row[3],
        cell=row[4],
        points=row[5],
        counts_from=row[6],
        weight=copysign(row[12], row[5]),
        formula=row[7],
        order=row[8],
        money=None if units is None else Money(units, currency),
        revision=row[14],
        cumulative=bool(row[15]),
        withdraws=row[16],
        track=row[17],
        note=row[11],
        **({} if row[18] is None else msgspec.structs.asdict(_CONTEXT.decode(row[18]))),
    )


def _row(entry: Entry) -> tuple[object, ...]:
    money = (None, None) if entry.money is None else (entry.money.units, entry.money.currency)
    return (
        entry.key,
        entry.customer,
        entry.kind,
        entry.time,
        entry.cell,
        entry.points,
        entry.counts_from,
        entry.formula,
        entry.order,
        *money,
        entry.note,
        abs(entry.weight),
        None if entry.origin == entry.customer else entry.origin,
        entry.revision,
        entry.cumulative,
        entry.withdraws,
        entry.track,
        _context(entry),
    )


class _Context(msgspec.Struct, omit_defaults=True):
    """What an act says besides; most say nothing of it."""

    channel: str | None = None
    margin: int | None = None
    rating: float | None = None
    kept_promise: bool | None = None
    segments: tuple[str, ...] = ()


_CONTEXT = msgspec.json.Decoder(_Context)


def _context(entry: Entry) -> str | None:
    context = _Context(
        entry.channel, entry.margin, entry.rating, entry.kept_promise, entry.segments
    )
    return None if context == _SAYS_NOTHING else msgspec.json.encode(context).decode()


_SAYS_NOTHING = _Context()
