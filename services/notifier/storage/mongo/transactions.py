"""Reads and writes that count together or not at all."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from pymongo.asynchronous.client_session import AsyncClientSession

from shared.storage.mongo import Database, translating_errors

T = TypeVar("T")
Session = AsyncClientSession


async def transact(database: Database, work: Callable[[Session], Awaitable[T]]) -> T:
    """What `work` returns. It is done again where another has written what it writes: what it reads
    stands as it was when it began. Raises Unavailable."""
    with translating_errors():
        async with database.client.start_session() as session:
            return await session.with_transaction(work)
