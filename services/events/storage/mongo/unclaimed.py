"""Acts of unknown aliases in MongoDB."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from pymongo import DeleteOne, UpdateOne
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import BulkWriteError

from services.events.domain.waiting import Waiting
from shared.contracts.cloudevents import CloudEvent
from shared.contracts.cloudevents.json_format import decode_event, encode_event
from shared.errors import Unavailable
from shared.storage.mongo import translating_errors

Document = dict[str, Any]

_DUPLICATE_KEY = 11000
_COUNTING = {"$group": {"_id": "$alias", "acts": {"$sum": 1}, "since": {"$min": "$kept_at"}}}


async def create_unclaimed_indexes(database: AsyncDatabase[Document]) -> None:
    """By identity, by alias and by age."""
    unclaimed = database["unclaimed"]
    await unclaimed.create_index([("source", 1), ("id", 1)], unique=True)
    await unclaimed.create_index([("alias", 1), ("kept_at", 1), ("_id", 1)])
    await unclaimed.create_index("kept_at")


class MongoUnclaimed:
    """`capacity` bounds it, in acts."""

    def __init__(self, database: AsyncDatabase[Document], capacity: int) -> None:
        self._unclaimed = database["unclaimed"]
        self._capacity = capacity

    async def keep(self, acts: Sequence[CloudEvent], now: datetime) -> None:
        with translating_errors():
            if await self._unclaimed.estimated_document_count() + len(acts) > self._capacity:
                raise Unavailable("no more acts of unknown aliases can be kept")
            try:
                await self._unclaimed.bulk_write([_keeping(act, now) for act in acts])
            except BulkWriteError as error:
                # Two upserts of one act met; the other one has kept it, and the rest is to do.
                if not _met(error):
                    raise
                await self._unclaimed.bulk_write(
                    [_keeping(act, now) for act in acts], ordered=False
                )

    async def acts_of(self, aliases: Collection[str], limit: int) -> Sequence[CloudEvent]:
        with translating_errors():
            found = self._unclaimed.find({"alias": {"$in": list(aliases)}}, {"body": 1})
            found = found.sort([("kept_at", 1), ("_id", 1)]).limit(limit)
            return [decode_event(one["body"]) async for one in found]

    async def remove(self, acts: Sequence[CloudEvent]) -> None:
        with translating_errors():
            await self._unclaimed.bulk_write(
                [DeleteOne({"source": act.source, "id": act.id}) for act in acts], ordered=False
            )

    async def aliases(self, after: str, limit: int) -> Sequence[str]:
        with translating_errors():
            found = self._unclaimed.find({"alias": {"$gt": after}}, {"alias": 1, "_id": 0})
            found = found.sort("alias", 1).limit(limit)
            return list(dict.fromkeys([one["alias"] async for one in found]))

    async def waiting(self, after: str, limit: int) -> Sequence[Waiting]:
        aliases: list[str] = []
        while len(aliases) < limit and (more := await self.aliases(after, limit)):
            aliases += more
            after = more[-1]
        with translating_errors():
            groups = await self._unclaimed.aggregate(
                [{"$match": {"alias": {"$in": aliases[:limit]}}}, _COUNTING, {"$sort": {"_id": 1}}]
            )
            return [Waiting(one["_id"], one["acts"], one["since"]) async for one in groups]

    async def count(self) -> int:
        with translating_errors():
            return await self._unclaimed.estimated_document_count()

    async def expire(self, before: datetime) -> int:
        with translating_errors():
            gone = await self._unclaimed.delete_many({"kept_at": {"$lt": before}})
        return gone.deleted_count

    async def forget(self, subjects: Collection[str]) -> None:
        with translating_errors():
            await self._unclaimed.delete_many({"alias": {"$in": list(subjects)}})


def _keeping(act: CloudEvent, now: datetime) -> UpdateOne:
    identity = {"source": act.source, "id": act.id}
    kept = {"alias": act.subject, "kept_at": now, "body": encode_event(act)}
    return UpdateOne(identity, {"$setOnInsert": kept}, upsert=True)


def _met(error: BulkWriteError) -> bool:
    details = error.details or {}
    return all(one.get("code") == _DUPLICATE_KEY for one in details.get("writeErrors", ()))
