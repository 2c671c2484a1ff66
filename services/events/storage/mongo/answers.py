"""Answers to requests with an Idempotency-Key in MongoDB."""

from datetime import datetime, timedelta
from typing import Any

from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import DuplicateKeyError

from services.events.ports.answers import Answer, Asked
from shared.storage.mongo import translating_errors

Document = dict[str, Any]

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


async def create_answers_indexes(database: AsyncDatabase[Document]) -> None:
    """The server itself deletes what is older than a day."""
    await database["answers"].create_index("begun_at", expireAfterSeconds=86_400)


class MongoAnswers:
    """One document a key."""

    def __init__(self, database: AsyncDatabase[Document]) -> None:
        self._answers = database["answers"]

    async def begin(self, key: str, fingerprint: bytes, now: datetime) -> Asked | None:
        begun: Document = {"_id": key, "fingerprint": fingerprint, "begun_at": now}
        stale = {
            "_id": key,
            "$or": [
                {"begun_at": {"$lte": now - DAY}},
                {"status": {"$exists": False}, "begun_at": {"$lte": now - MINUTE}},
            ],
        }
        with translating_errors():
            while True:
                try:
                    await self._answers.insert_one(begun)
                    return None
                except DuplicateKeyError:
                    pass
                taken = await self._answers.find_one_and_replace(stale, begun)
                if taken is not None:
                    return None
                found = await self._answers.find_one({"_id": key})
                if found is not None:
                    return _asked(found)

    async def finish(self, key: str, answer: Answer) -> None:
        with translating_errors():
            await self._answers.update_one(
                {"_id": key},
                {
                    "$set": {
                        "status": answer.status,
                        "media_type": answer.media_type,
                        "body": answer.body,
                    }
                },
            )

    async def release(self, key: str) -> None:
        with translating_errors():
            await self._answers.delete_one({"_id": key, "status": {"$exists": False}})


def _asked(found: Document) -> Asked:
    answer = None
    if "status" in found:
        answer = Answer(found["status"], found["media_type"], bytes(found["body"]))
    return Asked(bytes(found["fingerprint"]), answer)
