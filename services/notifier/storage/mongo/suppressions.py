"""Suppressed addresses in MongoDB."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict

from pymongo import ReplaceOne, UpdateOne

from services.notifier.ports.decisions import Position
from services.notifier.ports.suppressions import Suppression
from services.notifier.storage.mongo import documents
from shared.storage.mongo import Database, Document, translating_errors


class MongoSuppressions:
    """Collection suppressions, by digest."""

    def __init__(self, database: Database) -> None:
        self._suppressions = database["suppressions"]

    async def among(self, digests: Collection[str]) -> Mapping[str, Suppression]:
        with translating_errors():
            found = await self._suppressions.find({"_id": {"$in": [*digests]}}).to_list(None)
        return {document["_id"]: _suppression(document) for document in found}

    async def add(self, suppressions: Sequence[Suppression]) -> None:
        steps: list[UpdateOne | ReplaceOne[Document]] = []
        for one in suppressions:
            values = asdict(one)
            one_of_it = {"_id": values.pop("digest")}
            steps += [
                UpdateOne(one_of_it, {"$setOnInsert": values}, upsert=True),
                ReplaceOne(one_of_it | {"since": {"$gt": one.since}}, values),
            ]
        if steps:
            with translating_errors():
                await self._suppressions.bulk_write(steps)

    async def remove(self, digest: str) -> bool:
        with translating_errors():
            removed = await self._suppressions.delete_one({"_id": digest})
        return removed.deleted_count == 1

    async def page(self, limit: int, after: Position | None) -> Sequence[Suppression]:
        which = {} if after is None else documents.older("since", after)
        order = [("since", -1), ("_id", -1)]
        with translating_errors():
            found = await self._suppressions.find(which).sort(order).limit(limit).to_list(None)
        return [*map(_suppression, found)]


def _suppression(document: Document) -> Suppression:
    return Suppression(digest=document.pop("_id"), **document)
