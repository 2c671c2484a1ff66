"""What happened between customers and us, in MongoDB."""

from collections.abc import Collection, Sequence
from typing import Any, cast

import msgspec
from pymongo import UpdateOne
from pymongo.asynchronous.database import AsyncDatabase

from services.engagement.domain.timeline import Body, Item, ItemKind, Place
from services.engagement.storage.standing import customer_hash
from shared.storage.mongo import translating_errors

Document = dict[str, Any]
_NEWEST_FIRST = [("time", -1), ("_id", -1)]


async def create_indexes(database: AsyncDatabase[Document]) -> None:
    """A migration."""
    await database["timeline"].create_index([("customer", 1), *_NEWEST_FIRST])


class MongoTimelineStore:
    """Collection timeline."""

    def __init__(self, database: AsyncDatabase[Document]) -> None:
        self._timeline = database["timeline"]
        self._customers = database["customers"]

    async def add(self, items: Sequence[Item]) -> None:
        if not items:
            return
        adding = [
            UpdateOne({"_id": item.key}, {"$setOnInsert": _members(item)}, upsert=True)
            for item in items
        ]
        with translating_errors():
            await self._timeline.bulk_write(adding, ordered=False)
            # Only now, when an erasure that begins finds what was added: one that began before it
            # stands here already.
            hashes = {customer_hash(item.customer): item.customer for item in items}
            query = {"_id": {"$in": list(hashes)}, "erased": True}
            erased = [hashes[one["_id"]] async for one in self._customers.find(query, {"_id": 1})]
        if erased:
            await self.forget(erased)

    async def find(self, key: str) -> Item | None:
        with translating_errors():
            found = await self._timeline.find_one({"_id": key})
        return None if found is None else _item(found)

    async def recent(
        self,
        customers: Collection[str],
        kinds: Collection[ItemKind],
        before: Place | None,
        most: int,
    ) -> Sequence[Item]:
        query: Document = {"customer": {"$in": list(customers)}, "kind": {"$in": list(kinds)}}
        if before is not None:
            query["time"] = {"$lte": before.time}
            same = {"time": before.time, "_id": {"$lt": before.key}}
            query["$or"] = [{"time": {"$lt": before.time}}, same]
        with translating_errors():
            found = self._timeline.find(query).sort(_NEWEST_FIRST).limit(most)
            return [_item(one) async for one in found]

    async def remove(self, key: str, customers: Collection[str]) -> bool:
        query = {"_id": key, "customer": {"$in": list(customers)}}
        with translating_errors():
            return (await self._timeline.delete_one(query)).deleted_count > 0

    async def forget(self, customers: Collection[str]) -> None:
        with translating_errors():
            await self._timeline.delete_many({"customer": {"$in": list(customers)}})


def _members(item: Item) -> Document:
    return {
        "customer": item.customer,
        "time": item.time,
        "kind": item.kind,
        "body": msgspec.to_builtins(item.body),
    }


def _item(found: Document) -> Item:
    return Item(
        key=found["_id"],
        customer=found["customer"],
        time=found["time"],
        body=cast(Body, msgspec.convert(found["body"], Body)),
    )
