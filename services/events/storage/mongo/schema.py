"""The indexes of events, in the order in which they came to be."""

from typing import Any

from pymongo.asynchronous.database import AsyncDatabase

Document = dict[str, Any]


async def _create_indexes(database: AsyncDatabase[Document]) -> None:
    await database["quarantine"].create_index([("received_at", 1), ("_id", 1)])
    await database["quarantine"].create_index("customer", sparse=True)


MIGRATIONS = (_create_indexes,)
