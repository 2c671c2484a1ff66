"""What rounds remember, in MongoDB."""

from typing import Any

from pymongo.asynchronous.database import AsyncDatabase

from shared.storage.mongo import translating_errors


class MongoRoundMemory:
    """Collection round_memory."""

    def __init__(self, database: AsyncDatabase[dict[str, Any]]) -> None:
        self._memory = database["round_memory"]

    async def recall(self, name: str) -> str | None:
        with translating_errors():
            found = await self._memory.find_one({"_id": name})
        return None if found is None else str(found["text"])

    async def remember(self, name: str, text: str) -> None:
        with translating_errors():
            await self._memory.replace_one({"_id": name}, {"text": text}, upsert=True)
