"""Leases in MongoDB."""

from typing import Any

from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import DuplicateKeyError

from shared.storage.mongo import translating_errors


class MongoLeaseStore:
    """Collection leases."""

    def __init__(self, database: AsyncDatabase[dict[str, Any]]) -> None:
        self._leases = database["leases"]

    async def take(self, name: str, owner: str, now: int, until: int) -> bool:
        free = {"_id": name, "$or": [{"owner": owner}, {"until": {"$lte": now}}]}
        try:
            with translating_errors():
                await self._leases.update_one(
                    free, {"$set": {"owner": owner, "until": until}}, upsert=True
                )
        except DuplicateKeyError:
            return False
        return True

    async def release(self, name: str, owner: str) -> None:
        with translating_errors():
            await self._leases.delete_one({"_id": name, "owner": owner})
