"""The book beside the live one, in SQLite."""

import secrets
import sqlite3
from collections.abc import Mapping, Sequence

from services.engagement.domain.merging import NOBODY
from services.engagement.domain.rescoring import Refolded
from services.engagement.ports.books import Pair, Stale
from services.engagement.storage.sqlite import rows
from services.engagement.storage.sqlite.books import SqliteBookStore
from services.engagement.storage.sqlite.profiles import read_profiles
from services.engagement.storage.sqlite.watches import look_soon, replace_watches
from shared.storage.sqlite import Database

_KNOWN, _ERASED = "known", "erased"


class SqliteFollowingBook:
    """Tables of the book, and `stale_<n>`: a mark is deleted only with the stamp it was read
    with, in the transaction that writes what was made of it."""

    def __init__(self, database: Database, books: SqliteBookStore) -> None:
        self._database = database
        self._books = books

    async def prepare(self, number: int, after: str, most: int) -> str | None:
        def transact(connection: sqlite3.Connection) -> str | None:
            live = self._books.current(connection).number
            begun = connection.execute(
                "SELECT 1 FROM shelf WHERE beside = ? AND state = 'begun'", (number,)
            ).fetchone()
            if begun is None:
                return None
            stage, _, place = after.partition(":")
            if stage != _ERASED:
                last = _mark_all(connection, live, number, place, most)
                return f"{_ERASED}:0" if last is None else f"{_KNOWN}:{last}"
            copied = _copy_erased(connection, live, number, int(place), most)
            if copied is None:
                connection.execute("UPDATE shelf SET state = 'building'")
                return None
            return f"{_ERASED}:{copied}"

        return await self._database.run(transact)

    async def stale(self, most: int) -> Stale | None:
        def read(connection: sqlite3.Connection) -> Stale | None:
            live = self._books.current(connection)
            if live.beside is None or not _is_followed(connection):
                return None
            stamps = dict(
                connection.execute(
                    f"SELECT customer, stamp FROM stale_{live.beside} LIMIT ?", (most,)
                )
            )
            if not stamps:
                return None
            standings = rows.standings(connection, stamps)
            return Stale(
                live.beside,
                stamps,
                rows.select(connection, live.number, "customer", stamps),
                read_profiles(connection, live.number, list(stamps)),
                {id for id, standing in standings.items() if standing.excluded},
            )

        return await self._database.read(read)

    async def follow(self, stale: Stale, refolded: Mapping[str, Refolded]) -> None:
        def transact(connection: sqlite3.Connection) -> None:
            live = self._books.current(connection)
            if live.beside is None or live.beside != stale.beside:
                return
            marks = stale.stamps.items()
            same = [id for id, stamp in marks if _unmark(connection, live.beside, id, stamp)]
            _write(connection, live.beside, {id: refolded[id] for id in same})

        await self._database.run(transact)

    async def compare(self, after: str, most: int) -> Sequence[Pair]:
        def read(connection: sqlite3.Connection) -> list[Pair]:
            live = self._books.current(connection)
            if live.beside is None:
                return []
            found = connection.execute(
                f"SELECT customer FROM profiles_{live.number} WHERE customer > ?1"
                f" UNION SELECT customer FROM profiles_{live.beside} WHERE customer > ?1"
                " ORDER BY customer LIMIT ?2",
                (after, most),
            )
            customers = [customer for (customer,) in found]
            in_live = read_profiles(connection, live.number, customers)
            in_beside = read_profiles(connection, live.beside, customers)
            peaks = _values(connection, f"customer, peak FROM profiles_{live.beside}", customers)
            stale = _values(connection, f"customer, stamp FROM stale_{live.beside}", customers)
            return [
                Pair(id, in_live.get(id), in_beside.get(id), peaks.get(id), id in stale)
                for id in customers
            ]

        return await self._database.read(read)


def _is_followed(connection: sqlite3.Connection) -> bool:
    (state,) = connection.execute("SELECT state FROM shelf").fetchone()
    return state is not None and state != "begun"


def _mark_all(
    connection: sqlite3.Connection, live: int, beside: int, after: str, most: int
) -> str | None:
    found = connection.execute(
        f"SELECT customer FROM profiles_{live} WHERE customer > ? ORDER BY customer LIMIT ?",
        (after, most),
    )
    customers = [customer for (customer,) in found]
    stamp = secrets.randbits(62)
    connection.executemany(
        f"INSERT OR IGNORE INTO stale_{beside} VALUES (?, ?)", [(id, stamp) for id in customers]
    )
    return customers[-1] if customers else None


def _copy_erased(
    connection: sqlite3.Connection, live: int, beside: int, after: int, most: int
) -> int | None:
    """Entries of erased customers are nobody's, but no act may count again."""
    found = connection.execute(
        f"SELECT rowid FROM ledger_{live} WHERE customer = ? AND rowid > ? ORDER BY rowid LIMIT ?",
        (NOBODY, after, most),
    )
    ids = [id for (id,) in found]
    if not ids:
        return None
    connection.execute(
        f"INSERT OR IGNORE INTO ledger_{beside} ({rows.COLUMNS}) SELECT {rows.COLUMNS}"
        f" FROM ledger_{live} WHERE customer = ? AND rowid BETWEEN ? AND ?",
        (NOBODY, ids[0], ids[-1]),
    )
    return int(ids[-1])


def _unmark(connection: sqlite3.Connection, book: int, customer: str, stamp: int) -> bool:
    deleted = connection.execute(
        f"DELETE FROM stale_{book} WHERE customer = ? AND stamp = ?", (customer, stamp)
    )
    return deleted.rowcount == 1


def _write(connection: sqlite3.Connection, book: int, refolded: Mapping[str, Refolded]) -> None:
    before = {one.key: one for one in rows.select(connection, book, "customer", refolded)}
    entries = {entry.key: entry for one in refolded.values() for entry in one.entries}
    gone = [(key,) for key in before.keys() - entries.keys()]
    connection.executemany(f"DELETE FROM ledger_{book} WHERE key = ?", gone)
    rows.rewrite(connection, book, [e for e in entries.values() if before.get(e.key) != e])
    rows.drop_profiles(connection, book, refolded)
    for customer, one in refolded.items():
        if one.change is not None:
            rows.add(connection, book, customer, one.change)
            connection.execute(
                f"UPDATE profiles_{book} SET peak = ? WHERE customer = ?", (one.peak, customer)
            )
    replace_watches(connection, book, {id: one.watch for id, one in refolded.items()})
    look_soon(connection, book, [id for id, one in refolded.items() if one.watch.due is None])


def _values(
    connection: sqlite3.Connection, what: str, customers: Sequence[str]
) -> dict[str, float]:
    marks = ",".join("?" * len(customers))
    found = connection.execute(f"SELECT {what} WHERE customer IN ({marks})", customers)
    return dict(found.fetchall())
