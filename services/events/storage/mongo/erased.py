"""Erased customers in MongoDB."""

from collections.abc import Collection
from typing import Any

from pymongo import UpdateOne
from pymongo.asynchronous.database import AsyncDatabase

from services.events.domain.erased_key import erased_key
from shared.storage.mongo import translating_errors

Document = dict[str, Any]


class MongoErased:
    """One document a customer."""

    def __init__(self, database: AsyncDatabase[Document]) -> None:
        self._erased = database["erased"]

    async def mark(self, customers: Collection[str]) -> None:
        keys = [erased_key(one) for one in customers]
        with translating_errors():
            await self._erased.bulk_write(
                [
                    UpdateOne({"_id": key}, {"$setOnInsert": {"_id": key}}, upsert=True)
                    for key in keys
                ],
                ordered=False,
            )

    async def welcome(self, customers: Collection[str]) -> None:
        keys = [erased_key(one) for one in customers]
        with translating_errors():
            await self._erased.delete_many({"_id": {"$in": keys}})

    async def among(self, customers: Collection[str]) -> frozenset[str]:
        keys = {erased_key(one): one for one in customers}
        with translating_errors():
            found = self._erased.find({"_id": {"$in": list(keys)}})
            return frozenset([keys[one["_id"]] async for one in found])
