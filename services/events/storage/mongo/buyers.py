"""First purchases in MongoDB."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

import msgspec
from pymongo import UpdateOne
from pymongo.asynchronous.database import AsyncDatabase

from services.events.domain.referred_order import Telling
from shared.storage.mongo import translating_errors

Document = dict[str, Any]


class MongoBuyers:
    """One document a buyer. The time comes first in `first`, and so decides which is less."""

    def __init__(self, database: AsyncDatabase[Document]) -> None:
        self._buyers = database["buyers"]

    async def bought(self, purchases: Mapping[str, Telling]) -> None:
        updates = [
            UpdateOne(
                {"_id": subject},
                {"$min": {"first": {"at": one.at, "telling": msgspec.json.encode(one)}}},
                upsert=True,
            )
            for subject, one in purchases.items()
        ]
        if updates:
            with translating_errors():
                await self._buyers.bulk_write(updates, ordered=False)

    async def bought_by(self, times: Mapping[str, datetime]) -> frozenset[str]:
        with translating_errors():
            found = self._buyers.find({"_id": {"$in": list(times)}}, {"first.at": 1})
            return frozenset(
                [one["_id"] async for one in found if one["first"]["at"] <= times[one["_id"]]]
            )

    async def first_purchases(self, subjects: Collection[str]) -> Mapping[str, Telling]:
        with translating_errors():
            found = self._buyers.find({"_id": {"$in": list(subjects)}})
            return {
                one["_id"]: msgspec.json.decode(one["first"]["telling"], type=Telling)
                async for one in found
            }

    async def forget(self, subjects: Collection[str]) -> None:
        with translating_errors():
            await self._buyers.delete_many({"_id": {"$in": list(subjects)}})
