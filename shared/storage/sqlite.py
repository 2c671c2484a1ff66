"""SQLite without blocking the event loop: one file, one writing thread, one reading thread."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeVar, cast

from shared.errors import RequiteError, Unavailable

T = TypeVar("T")
Work = Callable[[sqlite3.Connection], T]
Migration = str | Callable[[sqlite3.Connection], None]

# https://www.sqlite.org/rescode.html: the machine's fault or another holder's, not the work's.
_PASSING = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_NOMEM,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_PROTOCOL,
}


class FileFromTheFuture(RequiteError):
    """The file was written by a newer version of this program, which alone can read it."""


class _Lane:
    """One connection and the one thread that may touch it."""

    def __init__(self, name: str) -> None:
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix=name)
        self._connection: sqlite3.Connection | None = None

    async def open(self, connect: Callable[[], sqlite3.Connection]) -> None:
        def keep() -> None:
            self._connection = connect()

        await self._on_thread(keep)

    async def transact(self, begin: str, work: Work[T]) -> T:
        return await self._on_thread(lambda: self._transact(begin, work))

    async def empty_log(self) -> None:
        await self._on_thread(self._empty_log)

    async def close(self) -> None:
        def drop() -> None:
            if self._connection is not None:
                self._connection.close()

        await self._on_thread(drop)
        self._thread.shutdown(wait=False)

    async def _on_thread(self, call: Callable[[], T]) -> T:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, call)
        except sqlite3.OperationalError as error:
            if (error.sqlite_errorcode or 0) & 0xFF in _PASSING:
                raise Unavailable(f"SQLite: {error.sqlite_errorname}") from error
            raise

    def _opened(self) -> sqlite3.Connection:
        if self._connection is None:
            raise RuntimeError("the database was never opened")
        return self._connection

    def _empty_log(self) -> None:
        (busy, _, _) = self._opened().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        if busy:
            raise Unavailable("SQLite: a reader holds the write-ahead log")

    def _transact(self, begin: str, work: Work[T]) -> T:
        connection = self._opened()
        connection.execute(begin)
        try:
            result = work(connection)
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
        # The end of a cursor resets its statement, which this thread may then be using again; so
        # it must end here.
        return cast(T, None) if isinstance(result, sqlite3.Cursor) else result


class Database:
    """One SQLite file in WAL mode with full sync: what `run` has returned from is on the disk.

    All methods raise Unavailable while the file is locked, the disk full or the like.
    """

    def __init__(self, writer: _Lane, reader: _Lane) -> None:
        self._writer = writer
        self._reader = reader

    async def run(self, work: Work[T]) -> T:
        """The result of `work(connection)` in one transaction; an exception rolls it back.

        A cursor is no result: it stays on its thread, and None comes instead.
        """
        return await self._writer.transact("BEGIN IMMEDIATE", work)

    async def read(self, work: Work[T]) -> T:
        """The result of `work(connection)` on one snapshot, which no write waits for."""
        return await self._reader.transact("BEGIN", work)

    async def scrub(self) -> None:
        """What was deleted is in no file any more, the write-ahead log included."""
        await self._writer.empty_log()


@asynccontextmanager
async def open_database(
    path: Path, migrations: Sequence[Migration], busy_timeout: float = 5.0
) -> AsyncIterator[Database]:
    """The database at `path`, made where missing and brought to version `len(migrations)`.

    Migration n takes the file from version n to n + 1, in a transaction of its own; a text may
    hold several statements. `busy_timeout` is how many seconds to wait for a lock. Raises
    FileFromTheFuture, Unavailable.
    """
    writer, reader = _Lane(f"{path.name}-writer"), _Lane(f"{path.name}-reader")
    try:
        await writer.open(lambda: _open_writer(path, migrations, busy_timeout))
        await reader.open(lambda: _open_reader(path, busy_timeout))
        yield Database(writer, reader)
    finally:
        await reader.close()
        await writer.close()


def _connect(path: Path, busy_timeout: float) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute(f"PRAGMA busy_timeout = {round(busy_timeout * 1000)}")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA secure_delete = ON")
    return connection


def _open_reader(path: Path, busy_timeout: float) -> sqlite3.Connection:
    connection = _connect(path, busy_timeout)
    connection.execute("PRAGMA query_only = ON")
    return connection


def _open_writer(
    path: Path, migrations: Sequence[Migration], busy_timeout: float
) -> sqlite3.Connection:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    connection = _connect(path, busy_timeout)
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        _migrate(connection, migrations)
    except BaseException:
        connection.close()
        raise
    return connection


def _migrate(connection: sqlite3.Connection, migrations: Sequence[Migration]) -> None:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version > len(migrations):
        raise FileFromTheFuture(f"version {version}; this program knows {len(migrations)}")
    for number, migration in enumerate(migrations[version:], start=version + 1):
        try:
            _apply(connection, migration, number)
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise


def _apply(connection: sqlite3.Connection, migration: Migration, number: int) -> None:
    stamp = f"PRAGMA user_version = {number}"
    if isinstance(migration, str):
        # executescript() ends a transaction that is open before it, so the script opens its own.
        connection.executescript(f"BEGIN IMMEDIATE; {migration}\n; {stamp}; COMMIT")
    else:
        connection.execute("BEGIN IMMEDIATE")
        migration(connection)
        connection.execute(stamp)
        connection.execute("COMMIT")
