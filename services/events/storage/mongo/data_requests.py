"""Requests to be told what is held, in MongoDB."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from pymongo import ReturnDocument
from pymongo.asynchronous.database import AsyncDatabase

from services.events.domain.data_request import AskedFor
from shared.storage.mongo import translating_errors

Document = dict[str, Any]


async def create_data_request_indexes(database: AsyncDatabase[Document]) -> None:
    """By age."""
    await database["data_requests"].create_index([("received_at", 1), ("_id", 1)])


class MongoDataRequests:
    """One document a request."""

    def __init__(self, database: AsyncDatabase[Document]) -> None:
        self._requests = database["data_requests"]

    async def add(self, request: AskedFor) -> None:
        document = {
            "source": request.source,
            "alias": request.alias,
            "received_at": request.received_at,
            "customer": request.customer,
            "closed_at": None,
        }
        with translating_errors():
            await self._requests.update_one(
                {"_id": request.id}, {"$setOnInsert": document}, upsert=True
            )

    async def page(
        self, after: tuple[datetime, str] | None, limit: int, *, closed: bool
    ) -> Sequence[AskedFor]:
        wanted: Document = {"closed_at": {"$ne": None} if closed else None}
        if after is not None:
            since, last = after
            wanted["$or"] = [
                {"received_at": {"$gt": since}},
                {"received_at": since, "_id": {"$gt": last}},
            ]
        with translating_errors():
            found = self._requests.find(wanted)
            found = found.sort([("received_at", 1), ("_id", 1)]).limit(limit)
            return [_request(document) async for document in found]

    async def close(self, request_id: str, now: datetime) -> AskedFor | None:
        with translating_errors():
            found = await self._requests.find_one_and_update(
                {"_id": request_id},
                [{"$set": {"closed_at": {"$ifNull": ["$closed_at", now]}}}],
                return_document=ReturnDocument.AFTER,
            )
        return None if found is None else _request(found)

    async def forget(self, subjects: Collection[str]) -> None:
        listed = list(subjects)
        with translating_errors():
            await self._requests.delete_many(
                {"$or": [{"alias": {"$in": listed}}, {"customer": {"$in": listed}}]}
            )


def _request(found: Document) -> AskedFor:
    return AskedFor(
        id=found["_id"],
        source=found["source"],
        alias=found["alias"],
        received_at=found["received_at"],
        customer=found["customer"],
        closed_at=found["closed_at"],
    )
