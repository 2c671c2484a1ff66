"""The spool in MongoDB."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from pymongo import UpdateOne
from pymongo.asynchronous.database import AsyncDatabase

from services.events.domain.event_key import event_key
from services.events.ports.spool import Spooled
from shared.contracts.cloudevents import CloudEvent
from shared.contracts.cloudevents.json_format import decode_event, encode_event
from shared.errors import Unavailable
from shared.storage.mongo import translating_errors

Document = dict[str, Any]

LEASE = timedelta(minutes=1)


async def create_spool_indexes(database: AsyncDatabase[Document]) -> None:
    """For what waits longest, for whoever has a lease, and for erasures."""
    spool = database["spool"]
    await spool.create_index([("kept_at", 1), ("_id", 1)])
    await spool.create_index("lease", sparse=True)
    await spool.create_index("subject")


class MongoSpool:
    """`capacity` bounds it, in acts."""

    def __init__(self, database: AsyncDatabase[Document], capacity: int) -> None:
        self._spool = database["spool"]
        self._capacity = capacity

    async def keep(self, events: Sequence[CloudEvent], now: datetime) -> None:
        with translating_errors():
            if await self._spool.estimated_document_count() + len(events) > self._capacity:
                raise Unavailable("the spool is full")
            await self._spool.bulk_write(
                [
                    UpdateOne(
                        {"_id": event_key(one)},
                        {
                            "$setOnInsert": {
                                "subject": one.subject or "",
                                "event": encode_event(one),
                                "kept_at": now,
                                "leased_until": now,
                            }
                        },
                        upsert=True,
                    )
                    for one in events
                ],
                ordered=False,
            )

    async def take(self, limit: int, now: datetime) -> Sequence[Spooled]:
        free = {"leased_until": {"$lte": now}}
        lease = uuid4().hex
        with translating_errors():
            found = self._spool.find(free, {"_id": 1}).sort([("kept_at", 1), ("_id", 1)])
            keys = [one["_id"] async for one in found.limit(limit)]
            await self._spool.update_many(
                {"_id": {"$in": keys}, **free},
                {"$set": {"lease": lease, "leased_until": now + LEASE}},
            )
            mine = self._spool.find({"lease": lease}).sort([("kept_at", 1), ("_id", 1)])
            return [Spooled(one["_id"], decode_event(one["event"])) async for one in mine]

    async def remove(self, keys: Collection[str]) -> None:
        with translating_errors():
            await self._spool.delete_many({"_id": {"$in": list(keys)}})

    async def count(self) -> int:
        with translating_errors():
            return await self._spool.estimated_document_count()

    async def forget(self, subjects: Collection[str]) -> None:
        with translating_errors():
            await self._spool.delete_many({"subject": {"$in": list(subjects)}})
