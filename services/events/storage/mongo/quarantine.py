"""The quarantine in MongoDB."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from pymongo import UpdateOne
from pymongo.asynchronous.database import AsyncDatabase

from services.events.domain.quarantine import Quarantined
from shared.errors import Unavailable
from shared.storage.mongo import translating_errors

Document = dict[str, Any]


class MongoQuarantine:
    """`capacity` bounds it, in entries."""

    def __init__(self, database: AsyncDatabase[Document], capacity: int) -> None:
        self._database = database
        self._capacity = capacity

    async def keep(self, refused: Sequence[Quarantined]) -> None:
        quarantine = self._database["quarantine"]
        with translating_errors():
            if await quarantine.estimated_document_count() + len(refused) > self._capacity:
                raise Unavailable("the quarantine is full")
            await quarantine.bulk_write(
                [
                    UpdateOne({"_id": one.id}, {"$setOnInsert": _document(one)}, upsert=True)
                    for one in refused
                ],
                ordered=False,
            )

    async def page(self, after: tuple[datetime, str] | None, limit: int) -> Sequence[Quarantined]:
        wanted: Document = {}
        if after is not None:
            since, last = after
            wanted = {
                "$or": [
                    {"received_at": {"$gt": since}},
                    {"received_at": since, "_id": {"$gt": last}},
                ]
            }
        with translating_errors():
            found = self._database["quarantine"].find(wanted)
            found = found.sort([("received_at", 1), ("_id", 1)]).limit(limit)
            return [_entry(document) async for document in found]

    async def get(self, entry_id: str) -> Quarantined | None:
        with translating_errors():
            found = await self._database["quarantine"].find_one({"_id": entry_id})
        return None if found is None else _entry(found)

    async def replace(self, entry: Quarantined) -> bool:
        document = _document(entry)
        del document["received_at"]
        with translating_errors():
            changed = await self._database["quarantine"].update_one(
                {"_id": entry.id}, {"$set": document}
            )
        return changed.matched_count > 0

    async def remove(self, entry_id: str) -> bool:
        with translating_errors():
            gone = await self._database["quarantine"].delete_one({"_id": entry_id})
        return gone.deleted_count > 0

    async def forget(self, subjects: Collection[str]) -> None:
        with translating_errors():
            await self._database["quarantine"].delete_many({"customer": {"$in": list(subjects)}})


def _document(entry: Quarantined) -> Document:
    document: Document = {
        "body": entry.body,
        "pointer": entry.pointer,
        "reason": entry.reason,
        "received_at": entry.received_at,
        "event_id": entry.event_id,
        "source": entry.source,
    }
    if entry.customer is not None:
        document["customer"] = entry.customer
    return document


def _entry(found: Document) -> Quarantined:
    return Quarantined(
        id=found["_id"],
        body=found["body"],
        pointer=found["pointer"],
        reason=found["reason"],
        received_at=found["received_at"],
        event_id=found.get("event_id"),
        source=found.get("source"),
        customer=found.get("customer"),
    )
