"""Books in SQLite: the tables of each, and which of them is live."""

import re
import secrets
import sqlite3
from collections.abc import Collection
from typing import Literal

from services.engagement.domain.formula import Formula
from services.engagement.ports.books import Book, Live, Shelf
from services.engagement.storage.live import CachedLive, Formulas, OnHold
from shared.clock import Clock, epoch_ms
from shared.errors import Conflict, Unavailable
from shared.programme.model import FormulaDocument
from shared.storage.sqlite import Database

TABLES = ("ledger", "profiles", "sums", "acts", "money", "stale")
# Nobody reads a book any more that was taken away so long ago.
LEFT_ALONE_DAYS = 10 / 86_400

# What stood alone becomes the first book. Indexes have its number too, so that the tables of
# another book can be made as those of this one are.
SCHEMA = """
    ALTER TABLE ledger RENAME TO ledger_1;
    ALTER TABLE profiles RENAME TO profiles_1;
    ALTER TABLE profiles_1 ADD COLUMN peak REAL;
    ALTER TABLE sums RENAME TO sums_1;
    ALTER TABLE acts RENAME TO acts_1;
    ALTER TABLE money RENAME TO money_1;
    CREATE TABLE stale_1 (customer TEXT PRIMARY KEY, stamp INTEGER NOT NULL) WITHOUT ROWID;
    DROP INDEX ledger_by_weight;
    DROP INDEX ledger_by_order;
    DROP INDEX ledger_by_withdrawal;
    CREATE INDEX ledger_1_by_weight ON ledger_1 (customer, dimension, heft DESC);
    CREATE INDEX ledger_1_by_order ON ledger_1 (order_key) WHERE order_key IS NOT NULL;
    CREATE INDEX ledger_1_by_withdrawal ON ledger_1 (withdraws) WHERE withdraws IS NOT NULL;
    DROP TABLE basis;
    CREATE TABLE books (
        number INTEGER PRIMARY KEY, version TEXT NOT NULL, document TEXT NOT NULL,
        created INTEGER NOT NULL, switched INTEGER, announce INTEGER NOT NULL DEFAULT FALSE,
        report TEXT
    );
    CREATE TABLE shelf (
        id INTEGER PRIMARY KEY CHECK (id = 1), live INTEGER NOT NULL, beside INTEGER,
        state TEXT, last INTEGER NOT NULL, changed REAL NOT NULL, hold TEXT, hold_until REAL
    );
"""

_NOW = "julianday('now')"


class SqliteBookStore:
    """Tables books, and shelf with one row: what stands on it now. Times of the shelf are days
    (Julian).

    `stale_<n>` has the customers whom the book beside the live one has yet to follow.
    """

    def __init__(self, database: Database, clock: Clock, formulas: Formulas | None = None) -> None:
        self._database = database
        self._clock = clock
        self._formulas = formulas or Formulas()
        self._live = CachedLive(self._load, clock)

    async def live(self) -> Live:
        return await self._live.get()

    async def open(self, document: FormulaDocument) -> None:
        now = epoch_ms(self._clock.now())

        def transact(connection: sqlite3.Connection) -> None:
            if connection.execute("SELECT 1 FROM shelf").fetchone() is None:
                _keep(connection, 1, _scored_by(connection) or document.version, document, now)
                connection.execute(
                    f"INSERT INTO shelf (id, live, last, changed) VALUES (1, 1, 1, {_NOW})"
                )

        await self._database.run(transact)

    async def shelf(self) -> Shelf:
        def read(connection: sqlite3.Connection) -> Shelf:
            live, beside, state = connection.execute(
                "SELECT live, beside, state FROM shelf"
            ).fetchone()
            if beside is None:
                return Shelf(_book(connection, live))
            (left,) = connection.execute(f"SELECT count(*) FROM stale_{beside}").fetchone()
            return Shelf(_book(connection, live), _book(connection, beside), state, left)

        return await self._database.read(read)

    async def formula(self, number: int) -> Formula:
        return await self._database.read(lambda connection: self.formula_of(connection, number))

    async def begin(self, document: FormulaDocument, *, announce: bool) -> int:
        now = epoch_ms(self._clock.now())

        def transact(connection: sqlite3.Connection) -> int:
            live, beside, last = connection.execute(
                "SELECT live, beside, last FROM shelf"
            ).fetchone()
            if beside is not None:
                raise Conflict("another book stands beside the live one")
            number = int(last) + 1
            _keep(connection, number, document.version, document, now, announce=announce)
            _make_tables(connection, number, live)
            connection.execute(
                f"UPDATE shelf SET beside = ?1, last = ?1, state = 'begun', changed = {_NOW}",
                (number,),
            )
            return number

        number = await self._database.run(transact)
        self._live.forget()
        return number

    async def discard(self, number: int) -> None:
        await self._database.run(
            lambda connection: connection.execute(
                f"UPDATE shelf SET beside = NULL, state = NULL, changed = {_NOW} WHERE beside = ?",
                (number,),
            )
        )
        self._live.forget()

    async def tidy(self) -> None:
        def transact(connection: sqlite3.Connection) -> None:
            found = connection.execute(
                "SELECT number FROM books, shelf WHERE number <> live AND number IS NOT beside"
                f" AND changed < {_NOW} - {LEFT_ALONE_DAYS}"
            )
            for (number,) in found.fetchall():
                for table in TABLES:
                    connection.execute(f"DROP TABLE IF EXISTS {table}_{number}")
                connection.execute("DELETE FROM books WHERE number = ?", (number,))

        await self._database.run(transact)

    async def conclude(self, number: int, state: Literal["built", "failed"], report: str) -> None:
        def transact(connection: sqlite3.Connection) -> None:
            concluded = connection.execute(
                "UPDATE shelf SET state = ? WHERE beside = ? AND state = 'building'",
                (state, number),
            )
            if concluded.rowcount:
                connection.execute("UPDATE books SET report = ? WHERE number = ?", (report, number))

        await self._database.run(transact)

    async def hold(self, seconds: float) -> str | None:
        token = secrets.token_hex(8)

        def transact(connection: sqlite3.Connection) -> bool:
            held = connection.execute(
                f"UPDATE shelf SET hold = ?, hold_until = {_NOW} + ?"
                f" WHERE hold IS NULL OR hold_until <= {_NOW}",
                (token, seconds / 86_400),
            )
            return held.rowcount == 1

        return token if await self._database.run(transact) else None

    async def switch(self, token: str, number: int) -> bool:
        now = epoch_ms(self._clock.now())

        def transact(connection: sqlite3.Connection) -> bool:
            row = connection.execute(
                "SELECT 1 FROM shelf WHERE hold = ? AND beside = ?"
                f" AND NOT EXISTS (SELECT 1 FROM stale_{number})",
                (token, number),
            ).fetchone()
            if row is None:
                return False
            connection.execute(
                "UPDATE shelf SET live = beside, beside = live, state = 'previous', hold = NULL,"
                f" changed = {_NOW}"
            )
            connection.execute("UPDATE books SET switched = ? WHERE number = ?", (now, number))
            return True

        switched = await self._database.run(transact)
        self._live.forget()
        return switched

    async def release(self, token: str) -> None:
        await self._database.run(
            lambda connection: connection.execute(
                "UPDATE shelf SET hold = NULL WHERE hold = ?", (token,)
            )
        )

    async def lift(self) -> None:
        """End a hold that has run out."""
        await self._database.run(
            lambda connection: connection.execute(
                f"UPDATE shelf SET hold = NULL WHERE hold_until <= {_NOW}"
            )
        )

    def changing(self, connection: sqlite3.Connection) -> Live:
        """The live book, for a transaction that changes it. Raises OnHold."""
        if connection.execute("SELECT 1 FROM shelf WHERE hold IS NOT NULL").fetchone():
            raise OnHold
        return self.current(connection)

    def current(self, connection: sqlite3.Connection) -> Live:
        """The live book."""
        number, beside = connection.execute("SELECT live, beside FROM shelf").fetchone()
        return Live(number, self.formula_of(connection, number), beside)

    def formula_of(self, connection: sqlite3.Connection, number: int) -> Formula:
        """Of a book that there is. Raises Unavailable where there is none any more."""
        known = self._formulas.get(number)
        return known or self._formulas.read(number, _book(connection, number).document)

    async def _load(self) -> Live:
        return await self._database.read(self.current)


def mark_stale(connection: sqlite3.Connection, live: Live, customers: Collection[str]) -> None:
    """Have the book beside the live one follow what changes of these customers."""
    if live.beside is None:
        return
    stamp = secrets.randbits(62)
    connection.executemany(
        f"INSERT OR REPLACE INTO stale_{live.beside} VALUES (?, ?)",
        [(customer, stamp) for customer in customers],
    )


def _make_tables(connection: sqlite3.Connection, number: int, like: int) -> None:
    """With the columns and indexes that those of another book have."""
    names = re.compile(rf"(?<![A-Za-z0-9])({'|'.join(TABLES)})_{like}(?![0-9])")
    made = connection.execute(
        "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND tbl_name IN"
        f" ({','.join('?' * len(TABLES))}) ORDER BY type DESC",
        [f"{table}_{like}" for table in TABLES],
    )
    for (statement,) in made.fetchall():
        connection.execute(names.sub(rf"\1_{number}", statement))


def _scored_by(connection: sqlite3.Connection) -> str | None:
    """The version that a ledger older than books was scored by, which kept no document of it."""
    newest = connection.execute("SELECT formula FROM ledger_1 ORDER BY rowid DESC LIMIT 1")
    row = newest.fetchone()
    return None if row is None else str(row[0])


def _keep(
    connection: sqlite3.Connection,
    number: int,
    version: str,
    document: FormulaDocument,
    now: int,
    *,
    announce: bool = False,
) -> None:
    connection.execute(
        "INSERT INTO books (number, version, document, created, announce) VALUES (?, ?, ?, ?, ?)",
        (number, version, document.text, now, announce),
    )


def _book(connection: sqlite3.Connection, number: int) -> Book:
    row = connection.execute(
        "SELECT number, version, document, created, switched, announce, report FROM books"
        " WHERE number = ?",
        (number,),
    ).fetchone()
    if row is None:
        raise Unavailable("SQLite: the book was dropped")
    number, version, document, created, switched, announce, report = row
    return Book(number, version, document, created, switched, bool(announce), report)
