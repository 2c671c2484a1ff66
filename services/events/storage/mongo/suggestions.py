"""What detectors have found, in MongoDB."""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from typing import Any

import msgspec
from pymongo import UpdateOne
from pymongo.asynchronous.database import AsyncDatabase

from services.events.domain.precision import Count, band_of
from services.events.domain.suggestion import Status, Suggestion
from shared.storage.mongo import translating_errors

Document = dict[str, Any]

_SUGGESTION = msgspec.json.Decoder(Suggestion)
_KIND = {"detector": "$detector", "band": "$band", "status": "$status"}
_COUNTING: list[Document] = [
    {"$group": {"_id": _KIND, "number": {"$sum": 1}}},
    {"$sort": {"_id": 1}},
]


async def create_suggestion_indexes(database: AsyncDatabase[Document]) -> None:
    """By age, by status, by kind and by person."""
    suggestions = database["suggestions"]
    await suggestions.create_index([("found_at", 1), ("_id", 1)])
    await suggestions.create_index([("status", 1), ("found_at", 1), ("_id", 1)])
    await suggestions.create_index([("detector", 1), ("band", 1), ("status", 1)])
    await suggestions.create_index("people")


class MongoSuggestions:
    """One document a finding; `body` is compared before it is replaced."""

    def __init__(self, database: AsyncDatabase[Document]) -> None:
        self._suggestions = database["suggestions"]

    async def add(self, found: Sequence[Suggestion]) -> Sequence[Suggestion]:
        if not found:
            return []
        with translating_errors():
            await self._suggestions.bulk_write(
                [
                    UpdateOne({"_id": one.id}, {"$setOnInsert": _document(one)}, upsert=True)
                    for one in found
                ],
                ordered=False,
            )
            kept = self._suggestions.find({"_id": {"$in": [one.id for one in found]}})
            standing = {one["_id"]: _SUGGESTION.decode(one["body"]) async for one in kept}
        # Whatever was erased in between stays as it was found, for this once.
        return [standing.get(one.id, one) for one in found]

    async def get(self, suggestion_id: str) -> Suggestion | None:
        with translating_errors():
            found = await self._suggestions.find_one({"_id": suggestion_id}, {"body": 1})
        return None if found is None else _SUGGESTION.decode(found["body"])

    async def change(
        self, suggestion_id: str, to: Callable[[Suggestion], Suggestion]
    ) -> Suggestion | None:
        while True:
            with translating_errors():
                found = await self._suggestions.find_one({"_id": suggestion_id}, {"body": 1})
            if found is None:
                return None
            known = _SUGGESTION.decode(found["body"])
            changed = to(known)
            if changed == known or await self._replace(found["body"], changed):
                return changed

    async def settle(self, told: Sequence[Suggestion]) -> None:
        for one in told:
            await self._replace(
                msgspec.json.encode(one), msgspec.structs.replace(one, pending=False)
            )

    async def page(
        self,
        status: Status | None,
        detector: str | None,
        after: tuple[datetime, str] | None,
        limit: int,
    ) -> Sequence[Suggestion]:
        wanted: Document = {}
        if status is not None:
            wanted["status"] = status
        if detector is not None:
            wanted["detector"] = detector
        if after is not None:
            since, last = after
            wanted["$or"] = [
                {"found_at": {"$gt": since}},
                {"found_at": since, "_id": {"$gt": last}},
            ]
        with translating_errors():
            found = self._suggestions.find(wanted, {"body": 1})
            found = found.sort([("found_at", 1), ("_id", 1)]).limit(limit)
            return [_SUGGESTION.decode(one["body"]) async for one in found]

    async def counts(self) -> Sequence[Count]:
        with translating_errors():
            groups = await self._suggestions.aggregate(_COUNTING)
            return [Count(**one["_id"], number=one["number"]) async for one in groups]

    async def forget(self, subjects: Collection[str]) -> None:
        with translating_errors():
            await self._suggestions.delete_many({"people": {"$in": list(subjects)}})

    async def _replace(self, known: bytes, changed: Suggestion) -> bool:
        with translating_errors():
            done = await self._suggestions.update_one(
                {"_id": changed.id, "body": known}, {"$set": _document(changed)}
            )
        return done.matched_count > 0


def _document(one: Suggestion) -> Document:
    return {
        "found_at": one.found_at,
        "detector": one.detector,
        "status": one.status,
        "band": band_of(one.confidence),
        "people": list(one.people),
        "body": msgspec.json.encode(one),
    }
