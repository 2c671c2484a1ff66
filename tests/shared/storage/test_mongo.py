"""MongoDB's client, errors and migrations, against a real server where one is needed."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from pymongo import timeout
from pymongo.errors import (
    AutoReconnect,
    DuplicateKeyError,
    ExecutionTimeout,
    NetworkTimeout,
    NotPrimaryError,
    OperationFailure,
    PyMongoError,
    ServerSelectionTimeoutError,
    WaitQueueTimeoutError,
    WTimeoutError,
)

from shared.errors import Unavailable
from shared.storage.mongo import Database, Migration, migrate, open_mongo, ping, translating_errors

WRITE_CONFLICT = OperationFailure("conflict", 112, {"errorLabels": ["TransientTransactionError"]})


@pytest.fixture
async def database(mongodb_url: str) -> AsyncIterator[Database]:
    async with open_mongo(mongodb_url, f"test_{uuid4().hex[:12]}") as database:
        yield database
        await database.client.drop_database(database.name)


@pytest.mark.parametrize(
    "error",
    [
        AutoReconnect("x"),
        NetworkTimeout("x"),
        NotPrimaryError("x"),
        ServerSelectionTimeoutError("x"),
        WaitQueueTimeoutError("x"),
        ExecutionTimeout("x"),
        WTimeoutError("x"),
        WRITE_CONFLICT,
        OperationFailure("x", 91, {"errorLabels": ["RetryableWriteError"]}),
    ],
    ids=lambda error: type(error).__name__,
)
def test_what_passes_by_itself_is_unavailable(error: PyMongoError) -> None:
    with pytest.raises(Unavailable), translating_errors():
        raise error


@pytest.mark.parametrize(
    "error",
    [
        DuplicateKeyError("E11000", 11000),
        OperationFailure("unknown operator", 2),
        ValueError("ours"),
    ],
)
def test_what_is_wrong_with_the_work_stays(error: Exception) -> None:
    with pytest.raises(type(error)), translating_errors():
        raise error


async def test_a_server_that_never_answers_is_unavailable() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        host, port = silent.getsockname()
        async with open_mongo(f"mongodb://{host}:{port}/", "test") as database:
            with pytest.raises(Unavailable), timeout(0.2):
                await ping(database)


@pytest.mark.live
async def test_writes_are_durable_and_times_aware(database: Database) -> None:
    await ping(database)
    concern = database.client.write_concern.document
    assert concern == {"w": "majority", "j": True}
    await database.things.insert_one({"_id": 1, "at": datetime(2026, 1, 2, tzinfo=UTC)})
    stored = await database.things.find_one({"_id": 1})
    assert stored is not None
    assert stored["at"] == datetime(2026, 1, 2, tzinfo=UTC)


@pytest.mark.live
async def test_a_duplicate_key_of_a_real_server_stays(database: Database) -> None:
    await database.things.insert_one({"_id": 1})
    with pytest.raises(DuplicateKeyError), translating_errors():
        await database.things.insert_one({"_id": 1})


@pytest.mark.live
async def test_replicas_that_start_at_once_migrate_once(database: Database) -> None:
    ran: list[str] = []

    async def first(_: Database) -> None:
        ran.append("first began")
        await asyncio.sleep(0.05)
        ran.append("first ended")

    async def second(into: Database) -> None:
        ran.append("second")
        await into.things.create_index("size", name="by_size")

    await asyncio.gather(*(migrate(database, [first, second]) for _ in range(4)))
    assert ran == ["first began", "first ended", "second"]
    assert await database.meta.find_one() == {"_id": "schema", "version": 2}
    assert "by_size" in await database.things.index_information()


@pytest.mark.live
async def test_only_what_is_missing_is_done_and_a_newer_schema_is_left_alone(
    database: Database,
) -> None:
    ran: list[int] = []

    def step(number: int) -> Migration:
        async def migration(_: Database) -> None:
            ran.append(number)

        return migration

    await migrate(database, [step(1)])
    await migrate(database, [step(1), step(2), step(3)])
    await migrate(database, [step(1)])
    assert ran == [1, 2, 3]


@pytest.mark.live
async def test_a_step_cut_off_by_a_crash_is_begun_again(database: Database) -> None:
    attempts: list[str] = []

    async def crashes(_: Database) -> None:
        attempts.append("crash")
        raise KeyError

    async def works(_: Database) -> None:
        attempts.append("work")

    with contextlib.suppress(KeyError):
        await migrate(database, [crashes])
    # What the lease waits for: as if its minute had gone by.
    await database.meta.update_one(
        {"_id": "schema"}, {"$set": {"until": datetime(2020, 1, 1, tzinfo=UTC)}}
    )
    await migrate(database, [works])
    assert attempts == ["crash", "work"]
