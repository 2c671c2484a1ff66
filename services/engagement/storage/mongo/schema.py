"""Indexes and what has changed in documents, version by version."""

from typing import Any

from pymongo.asynchronous.database import AsyncDatabase

from services.engagement.storage.mongo import books, memberships, moments, people, timeline, watches
from shared.storage import redirects

Document = dict[str, Any]


async def _create_indexes(database: AsyncDatabase[Document]) -> None:
    await database["ledger"].create_index([("customer", 1), ("dimension", 1), ("heft", -1)])
    await database["ledger"].create_index("order", sparse=True)


async def _add_tellings_and_merges(database: AsyncDatabase[Document]) -> None:
    await database["ledger"].create_index("withdraws", sparse=True)
    customers = database["customers"]
    async for one in database["erased"].find({}):
        standing = {"request": one["request"], "erased": not one["back"]}
        await customers.replace_one({"_id": one["_id"]}, standing, upsert=True)
    await database["erased"].drop()
    await redirects.mongo_migration(database)


async def _index_tracks(database: AsyncDatabase[Document]) -> None:
    await database["ledger_1"].create_index(
        [("track", 1), ("time", 1)], partialFilterExpression={"track": {"$exists": True}}
    )


MIGRATIONS = (
    _create_indexes,
    _add_tellings_and_merges,
    memberships.create_indexes,
    people.create_indexes,
    books.number_collections,
    timeline.create_indexes,
    _index_tracks,
    watches.add_due,
    moments.create_indexes,
)
