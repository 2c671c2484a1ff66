"""MongoDB: the client's lifetime, the meaning of its errors, and versioned migrations."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Any
from uuid import uuid4

import structlog
from pymongo import AsyncMongoClient
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import (
    BulkWriteError,
    ConnectionFailure,
    DuplicateKeyError,
    ExecutionTimeout,
    PyMongoError,
    WTimeoutError,
)

from shared.errors import Unavailable

Document = dict[str, Any]
Database = AsyncDatabase[Document]
Migration = Callable[[Database], Awaitable[None]]

TIMEOUT_SECONDS = 10.0
_RETRYABLE_LABELS = (
    "RetryableWriteError",
    "TransientTransactionError",
    "UnknownTransactionCommitResult",
)
_LEASE_SECONDS = 60
_DUPLICATE_KEY = 11000

log = structlog.get_logger()


@asynccontextmanager
async def open_mongo(url: str, database: str) -> AsyncIterator[Database]:
    """A database of the replica set at `url`; connects at first use.

    Writes are acknowledged once a majority has them in its journal. Every operation ends within
    `TIMEOUT_SECONDS`, retries included. Times come back aware, in UTC.
    """
    client: AsyncMongoClient[Document] = AsyncMongoClient(
        url,
        appname="requite",
        journal=True,
        timeoutMS=int(TIMEOUT_SECONDS * 1000),
        tz_aware=True,
        w="majority",
    )
    try:
        yield client[database]
    finally:
        await client.close()


@contextmanager
def translating_errors() -> Iterator[None]:
    """Turn what says "the server is away, or asks to try again" into Unavailable.

    What is wrong with the work itself, DuplicateKeyError first of all, passes unchanged.
    """
    try:
        yield
    except PyMongoError as error:
        if _is_passing(error):
            raise Unavailable(f"MongoDB: {type(error).__name__}") from error
        raise


def duplicates(error: BulkWriteError) -> set[int]:
    """The places of the operations, in an unordered bulk, that met a key that was there already.

    Raises `error` if anything else went wrong.
    """
    details = error.details or {}
    failed: Sequence[Document] = details.get("writeErrors", ())
    if details.get("writeConcernErrors") or any(one["code"] != _DUPLICATE_KEY for one in failed):
        raise error
    return {one["index"] for one in failed}


def _is_passing(error: PyMongoError) -> bool:
    if isinstance(error, DuplicateKeyError):
        return False
    if isinstance(error, ConnectionFailure | ExecutionTimeout | WTimeoutError):
        return True
    return error.timeout or any(error.has_error_label(label) for label in _RETRYABLE_LABELS)


async def ping(database: Database) -> None:
    """Raise Unavailable if no primary answers."""
    with translating_errors():
        await database.command("ping")


async def migrate(database: Database, migrations: Sequence[Migration]) -> None:
    """Bring the schema from the version in `meta` to `len(migrations)`, one step at a time.

    Replicas may start at once: one holds the lease and works, the others wait. A step may be cut
    off by a crash and begun again, so it must be repeatable, and it has `_LEASE_SECONDS`. A newer
    version than this code knows is left alone, so that a rollout can be rolled back.
    Raises Unavailable, or TimeoutError for a step that overran.
    """
    owner = uuid4().hex
    with translating_errors():
        await _create_schema_document(database)
        while (version := await _version(database)) < len(migrations):
            if not await _lease(database, version, owner):
                await asyncio.sleep(0.1)
                continue
            async with asyncio.timeout(_LEASE_SECONDS):
                await migrations[version](database)
            await database.meta.update_one(
                {"_id": "schema", "version": version, "owner": owner},
                {"$set": {"version": version + 1}, "$unset": {"owner": "", "until": ""}},
            )
            log.info("schema_migrated", database=database.name, version=version + 1)


async def _create_schema_document(database: Database) -> None:
    with suppress(DuplicateKeyError):  # Two upserts met; the other one has made it.
        await database.meta.update_one(
            {"_id": "schema"}, {"$setOnInsert": {"version": 0}}, upsert=True
        )


async def _version(database: Database) -> int:
    document = await database.meta.find_one({"_id": "schema"})
    return 0 if document is None else int(document["version"])


async def _lease(database: Database, version: int, owner: str) -> bool:
    # The server's clock alone decides, so the replicas' own may differ.
    free = {"$expr": {"$lte": [{"$ifNull": ["$until", "$$NOW"]}, "$$NOW"]}}
    until = {"$add": ["$$NOW", _LEASE_SECONDS * 1000]}
    result = await database.meta.update_one(
        {"_id": "schema", "version": version, **free},
        [{"$set": {"owner": owner, "until": until}}],
    )
    return result.modified_count == 1
