"""Where customers stand, as others were told, in MongoDB."""

from collections.abc import Iterable, Sequence
from typing import Any

from pymongo import UpdateOne
from pymongo.asynchronous.database import AsyncDatabase

from services.engagement.domain.standing import Place, Standing
from services.engagement.storage.standing import customer_hash
from shared.storage.mongo import translating_errors

Document = dict[str, Any]
_UNANNOUNCED = {"unannounced": True}


async def create_indexes(database: AsyncDatabase[Document]) -> None:
    """A migration. What is announced has no member `unannounced`."""
    await database["standings"].create_index(
        [("unannounced", 1), ("time", 1)], partialFilterExpression=_UNANNOUNCED
    )


class MongoStandingStore:
    """Collection standings, by customer."""

    def __init__(self, database: AsyncDatabase[Document]) -> None:
        self._standings = database["standings"]
        self._customers = database["customers"]

    async def of(self, customers: Sequence[str]) -> Sequence[Standing]:
        with translating_errors():
            return [
                _standing(one)
                async for one in self._standings.find({"_id": {"$in": list(customers)}})
            ]

    async def between(self, after: str, until: str | None, most: int) -> Sequence[Standing]:
        ids = {"$gt": after} if until is None else {"$gt": after, "$lte": until}
        with translating_errors():
            found = self._standings.find({"_id": ids}).sort("_id").limit(most)
            return [_standing(one) async for one in found]

    async def keep(self, standings: Sequence[Standing]) -> None:
        if not standings:
            return
        with translating_errors():
            await self._standings.bulk_write([_later(one) for one in standings], ordered=False)
            # Only now, when an erasure that ends finds what was kept: one that ended before it
            # stands here already.
            hashes = {customer_hash(one.customer): one.customer for one in standings}
            query = {"_id": {"$in": list(hashes)}, "erased": True}
            gone = [hashes[one["_id"]] async for one in self._customers.find(query, {"_id": 1})]
        if gone:
            await self.forget(gone)

    async def unannounced(self, most: int) -> Sequence[Standing]:
        with translating_errors():
            found = self._standings.find(_UNANNOUNCED).sort("time").limit(most)
            return [_standing(one) async for one in found]

    async def mark_announced(self, standings: Sequence[Standing]) -> None:
        told = [
            UpdateOne({"_id": one.customer, "time": one.time}, {"$unset": {"unannounced": ""}})
            for one in standings
        ]
        if told:
            with translating_errors():
                await self._standings.bulk_write(told, ordered=False)

    async def forget(self, customers: Iterable[str]) -> None:
        with translating_errors():
            await self._standings.delete_many({"_id": {"$in": list(customers)}})


def _later(standing: Standing) -> UpdateOne:
    document = {
        "_id": standing.customer,
        "time": standing.time,
        **standing.place._asdict(),
        **_UNANNOUNCED,
    }
    is_later = {"$lt": [{"$ifNull": ["$time", -1]}, standing.time]}
    replaced = {"$replaceWith": {"$cond": [is_later, {"$literal": document}, "$$ROOT"]}}
    return UpdateOne({"_id": standing.customer}, [replaced], upsert=True)


def _standing(found: Document) -> Standing:
    place = Place(found["level"], tuple(found["segments"]), tuple(found["circles"]))
    return Standing(found["_id"], int(found["time"]), place)  # BSON gives an Int64
