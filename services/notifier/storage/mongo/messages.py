"""Messages in MongoDB. A step counts only for the token that holds the lease."""

from collections.abc import Awaitable, Callable, Collection, Sequence
from typing import TypeVar

from pymongo import ReturnDocument

from services.notifier.domain.message import Message
from services.notifier.domain.planning import Plan
from services.notifier.ports.messages import Begin, Claim, Finish, MessageQuery, Retry
from services.notifier.storage.mongo import documents, leases, people
from services.notifier.storage.mongo.transactions import Session, transact
from shared.storage.mongo import Database, Document, translating_errors

S = TypeVar("S", Begin, Retry, Finish)
_NEWEST_FIRST = [("created_at", -1), ("_id", -1)]
_NOT_ERASED: Document = {"$ne": "erased"}


class MongoMessages:
    """Collection messages."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._messages = database["messages"]

    async def channels(self) -> Collection[str]:
        with translating_errors():
            return await leases.channels(self._database)

    async def claim(
        self, channel: str, token: str, now: int, until: int, most: int
    ) -> Sequence[Claim]:
        with translating_errors():
            return await leases.claim(self._database, channel, token, now, until, most)

    async def renew(self, claims: Sequence[Claim], until: int) -> None:
        with translating_errors():
            await leases.renew(self._database, claims, until)

    async def begin(self, begins: Sequence[Begin]) -> Collection[str]:
        return await self._step(begins, leases.begin)

    async def retry(self, retries: Sequence[Retry]) -> Collection[str]:
        return await self._step(retries, leases.retry)

    async def finish(self, finishes: Sequence[Finish]) -> Collection[str]:
        return await self._step(finishes, leases.finish)

    async def _step(
        self,
        steps: Sequence[S],
        take: Callable[[Database, Sequence[S], Session], Awaitable[list[str]]],
    ) -> Collection[str]:
        async def work(session: Session) -> list[str]:
            return await take(self._database, steps, session)

        return await transact(self._database, work) if steps else ()

    async def withdraw(self, claim: Claim, plan: Plan) -> bool:
        async def work(session: Session) -> bool:
            return await leases.withdraw(self._database, claim, plan, session)

        return await transact(self._database, work)

    async def drop(self, claim: Claim) -> None:
        with translating_errors():
            await self._messages.delete_one({"_id": claim.message.id, "token": claim.token})

    async def unannounced(self, most: int) -> Sequence[Message]:
        with translating_errors():
            found = await self._messages.find({"announced": False}).limit(most).to_list(None)
        return [*map(documents.message, found)]

    async def announced(self, messages: Sequence[str]) -> None:
        with translating_errors():
            await self._messages.update_many(
                {"_id": {"$in": [*messages]}}, {"$set": {"announced": True}}
            )

    async def forget_texts(self, before: int) -> None:
        with translating_errors():
            await self._messages.update_many(
                {"finished_at": {"$lt": before}, "body": {"$exists": True}},
                {"$unset": {"subject": "", "body": "", "html": ""}},
            )

    async def message(self, id: str) -> Message | None:
        with translating_errors():
            found = await self._messages.find_one({"_id": id, "status": _NOT_ERASED})
        return None if found is None else documents.message(found)

    async def page(self, query: MessageQuery) -> Sequence[Message]:
        conditions: Document = {}
        if query.channel is not None:
            conditions["channel"] = query.channel
        if query.unread:
            conditions["read_at"] = None
        if query.after is not None:
            conditions |= documents.older("created_at", query.after)
        with translating_errors():
            family = await people.family(self._database, query.customer)
            conditions["customer"] = {"$in": [*family]}
            return await self._newest(conditions, query.limit)

    async def of_order(self, order: str, channel: str, most: int) -> Sequence[Message]:
        about: Document = {"order_id": order, "channel": channel, "status": "sent"}
        with translating_errors():
            return await self._newest(about, most)

    async def mark_read(self, id: str, now: int) -> Message | None:
        first_read: Document = {"read_at": {"$ifNull": ["$read_at", now]}}
        with translating_errors():
            found = await self._messages.find_one_and_update(
                {"_id": id, "status": _NOT_ERASED},
                [{"$set": first_read}],
                return_document=ReturnDocument.AFTER,
            )
        return None if found is None else documents.message(found)

    async def _newest(self, which: Document, most: int) -> list[Message]:
        found = await self._messages.find(which).sort(_NEWEST_FIRST).limit(most).to_list(None)
        return [*map(documents.message, found)]
