"""The SQLite lifetime: transactions, migrations, and a file that somebody else holds."""

import asyncio
import sqlite3
from pathlib import Path

import pytest

from shared.errors import Unavailable
from shared.storage.sqlite import FileFromTheFuture, Migration, open_database

NOTES = "CREATE TABLE note (text TEXT NOT NULL UNIQUE)"


def texts(connection: sqlite3.Connection) -> list[str]:
    return [text for (text,) in connection.execute("SELECT text FROM note ORDER BY rowid")]


def write(connection: sqlite3.Connection, *notes: str) -> None:
    connection.executemany("INSERT INTO note VALUES (?)", [(note,) for note in notes])


async def test_what_run_returned_from_is_in_the_file(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "notes.sqlite"
    async with open_database(path, [NOTES]) as database:
        await database.run(lambda connection: write(connection, "one"))
        beside = sqlite3.connect(path)
        assert texts(beside) == ["one"]
        beside.close()
    async with open_database(path, [NOTES]) as database:
        assert await database.read(texts) == ["one"]


async def test_an_error_rolls_the_whole_transaction_back(tmp_path: Path) -> None:
    async with open_database(tmp_path / "notes.sqlite", [NOTES]) as database:
        with pytest.raises(sqlite3.IntegrityError):
            await database.run(lambda connection: write(connection, "one", "two", "one"))
        await database.run(lambda connection: write(connection, "three"))
        assert await database.read(texts) == ["three"]


async def test_the_reader_cannot_write(tmp_path: Path) -> None:
    async with open_database(tmp_path / "notes.sqlite", [NOTES]) as database:
        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            await database.read(lambda connection: write(connection, "one"))


async def test_a_cursor_ends_on_its_own_thread(tmp_path: Path) -> None:
    async with open_database(tmp_path / "notes.sqlite", [NOTES]) as database:
        for call in (database.run, database.read):
            assert await call(lambda connection: connection.execute("SELECT 1")) is None


async def test_settings_that_the_promises_rest_on(tmp_path: Path) -> None:
    path = tmp_path / "notes.sqlite"
    async with open_database(path, [NOTES]) as database:

        def settings(connection: sqlite3.Connection) -> list[object]:
            names = ("journal_mode", "synchronous", "foreign_keys", "secure_delete", "busy_timeout")
            return [connection.execute(f"PRAGMA {name}").fetchone()[0] for name in names]

        assert await database.run(settings) == ["wal", 2, 1, 1, 5000]
    assert path.stat().st_mode & 0o777 == 0o600


async def test_what_was_deleted_is_in_no_file_once_scrubbed(tmp_path: Path) -> None:
    def in_files() -> bool:
        return any(b"to forget" in file.read_bytes() for file in tmp_path.iterdir())

    async with open_database(tmp_path / "notes.sqlite", [NOTES]) as database:
        await database.run(lambda connection: write(connection, "to keep", "to forget"))
        assert in_files()
        await database.run(
            lambda connection: connection.execute("DELETE FROM note WHERE text = 'to forget'")
        )
        await database.scrub()
        assert not in_files()
        assert await database.read(texts) == ["to keep"]


async def test_a_locked_file_is_unavailable_until_it_is_let_go(tmp_path: Path) -> None:
    path = tmp_path / "notes.sqlite"
    async with open_database(path, [NOTES], busy_timeout=0.05) as database:
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(Unavailable, match="SQLITE_BUSY"):
            await database.run(lambda connection: write(connection, "one"))
        assert await database.read(texts) == []
        other.execute("ROLLBACK")
        other.close()
        await database.run(lambda connection: write(connection, "one"))
        assert await database.read(texts) == ["one"]


async def test_a_full_disk_is_unavailable(tmp_path: Path) -> None:
    async with open_database(tmp_path / "notes.sqlite", [NOTES]) as database:

        def limit(connection: sqlite3.Connection) -> None:
            connection.execute("PRAGMA max_page_count = 10")

        await database.run(limit)
        with pytest.raises(Unavailable, match="SQLITE_FULL"):
            await database.run(lambda connection: write(connection, "x" * 100_000))
        await database.run(lambda connection: write(connection, "small"))
        assert await database.read(texts) == ["small"]


async def test_reads_do_not_wait_for_a_write(tmp_path: Path) -> None:
    loop = asyncio.get_running_loop()
    async with open_database(tmp_path / "notes.sqlite", [NOTES]) as database:
        inside = asyncio.Event()
        go_on = asyncio.Event()

        def slow(connection: sqlite3.Connection) -> None:
            write(connection, "slow")
            loop.call_soon_threadsafe(inside.set)
            asyncio.run_coroutine_threadsafe(go_on.wait(), loop).result()

        writing = asyncio.create_task(database.run(slow))
        await inside.wait()
        assert await database.read(texts) == []
        go_on.set()
        await writing
        assert await database.read(texts) == ["slow"]


async def test_migrations_go_on_from_the_files_version(tmp_path: Path) -> None:
    path = tmp_path / "notes.sqlite"
    async with open_database(path, [NOTES]) as database:
        await database.run(lambda connection: write(connection, "one"))

    def shout(connection: sqlite3.Connection) -> None:
        connection.execute("UPDATE note SET text = upper(text)")

    more: list[Migration] = [NOTES, shout, "CREATE TABLE a (x); CREATE TABLE b (y) -- last"]
    for _ in range(2):
        async with open_database(path, more) as database:
            assert await database.read(texts) == ["ONE"]
            await database.read(lambda connection: connection.execute("SELECT * FROM a, b"))


@pytest.mark.parametrize(
    "broken", ["CREATE TABLE a (x); nonsense", lambda c: c.execute("nonsense")]
)
async def test_a_migration_that_fails_leaves_no_half(tmp_path: Path, broken: Migration) -> None:
    path = tmp_path / "notes.sqlite"
    with pytest.raises(sqlite3.OperationalError, match="nonsense"):
        async with open_database(path, [NOTES, broken]):
            raise AssertionError
    async with open_database(path, [NOTES, "CREATE TABLE a (x)"]):
        pass


async def test_a_newer_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "notes.sqlite"
    async with open_database(path, [NOTES, "CREATE TABLE a (x)"]):
        pass
    with pytest.raises(FileFromTheFuture):
        async with open_database(path, [NOTES]):
            raise AssertionError
