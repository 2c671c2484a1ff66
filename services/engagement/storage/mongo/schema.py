"""Indexes and what has changed in documents, version by version."""

from typing import Any

from pymongo.asynchronous.database import AsyncDatabase

from services.engagement.domain.ledger import WITHDRAWN
from services.engagement.domain.merging import NOBODY
from services.engagement.storage.mongo import (
    books,
    memberships,
    moments,
    people,
    timeline,
    told_standings,
    watches,
)
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


async def _mark_withdrawn_acts(database: AsyncDatabase[Document]) -> None:
    """An act that was taken back says so itself. One that stands alone and what took it back earn
    nothing each; of an order both keep their shares in it."""
    ledger = database["ledger_1"]
    nothing: Document = {"points": 0.0, "heft": 0.0}
    took_back: Document = {
        "withdraws": {"$exists": True},
        "note": {"$exists": False},
        "customer": {"$ne": NOBODY},
    }
    async for taking in ledger.find(took_back):
        alone = "order" not in taking
        marked = {"note": WITHDRAWN} | (nothing if alone else {})
        act = {"_id": taking["withdraws"], "customer": taking["customer"]}
        await ledger.update_one(act, {"$set": marked})
        if alone:
            update = {"$set": nothing, "$unset": {"counts_from": ""}}
            await ledger.update_one({"_id": taking["_id"]}, update)


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
    _mark_withdrawn_acts,
    told_standings.create_indexes,
)
