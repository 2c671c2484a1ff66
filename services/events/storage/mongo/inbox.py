"""The inbox in MongoDB."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from pymongo.asynchronous.database import AsyncDatabase

from services.events.domain.arrival import Arrived, how_many_fit
from services.events.ports.inbox import LEASE
from shared.errors import Unavailable
from shared.storage.mongo import translating_errors

Document = dict[str, Any]


class MongoInbox:
    """`capacity` bounds it, in deliveries. Ids begin with the time, so their order is that of
    arrival, and no other index is needed."""

    def __init__(self, database: AsyncDatabase[Document], capacity: int) -> None:
        self._inbox = database["inbox"]
        self._capacity = capacity
        self._allowance = 0

    async def put(self, arrived: Sequence[Arrived]) -> None:
        with translating_errors():
            await self._find_room(len(arrived))
            await self._inbox.insert_many([_document(one) for one in arrived])

    async def take(self, owner: str, limit: int, now: datetime) -> Sequence[Arrived]:
        free = {
            "$or": [{"owner": {"$in": [None, owner]}}, {"leased_until": {"$lte": now}}],
        }
        lease = {"owner": owner, "leased_until": now + LEASE}
        with translating_errors():
            while some := await self._first(free, limit):
                await self._inbox.update_many(some | free, {"$set": lease})
                found = self._inbox.find(some | {"owner": owner}).sort("_id", 1)
                if mine := [_arrived(one) async for one in found]:
                    return mine
                # Somebody else was faster, and what they left is free.
            return []

    async def remove(self, ids: Collection[str]) -> None:
        with translating_errors():
            await self._inbox.delete_many({"_id": {"$in": list(ids)}})

    async def count(self) -> int:
        with translating_errors():
            return await self._inbox.estimated_document_count()

    async def _find_room(self, number: int) -> None:
        """Ask anew only once a tenth of the room is used up, which others use too."""
        if number > self._allowance:
            room = self._capacity - await self._inbox.estimated_document_count()
            if number > room:
                raise Unavailable("the inbox is full")
            self._allowance = max(number, room // 10)
        self._allowance -= number

    async def _first(self, free: Document, limit: int) -> Document | None:
        """The query for the first of those that are free, as many as go into memory."""
        found = self._inbox.find(free, {"size": 1}).sort("_id", 1).limit(limit)
        sizes = {one["_id"]: one["size"] async for one in found}
        some = list(sizes)[: how_many_fit(sizes.values())]
        return {"_id": {"$in": some}} if some else None


def _document(arrived: Arrived) -> Document:
    return {
        "_id": arrived.id,
        "source": arrived.source,
        "headers": dict(arrived.headers),
        "body": arrived.body,
        "size": len(arrived.body),
        "received_at": arrived.received_at,
    }


def _arrived(found: Document) -> Arrived:
    return Arrived(
        found["_id"], found["source"], found["headers"], found["body"], found["received_at"]
    )
