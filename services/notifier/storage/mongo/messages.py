"""Messages in MongoDB. A step counts only for the token that holds the lease."""

from collections.abc import Sequence

from pymongo import ReturnDocument
from pymongo.asynchronous.client_session import AsyncClientSession

from services.notifier.domain.customer import Customer
from services.notifier.domain.decision import Decision
from services.notifier.domain.message import Final, Message, Text
from services.notifier.ports import Claim, MessageQuery
from services.notifier.storage.mongo import documents
from shared.storage.mongo import Database, Document, translating_errors


class MongoMessages:
    """Collection messages."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def claim(self, token: str, now: int, until: int) -> Claim | None:
        with translating_errors():
            found = await self._database["messages"].find_one_and_update(
                {"due": {"$lte": now}},
                {"$set": {"token": token, "due": until}},
                sort=[("due", 1)],
                return_document=ReturnDocument.AFTER,
            )
            if found is None:
                return None
            return await self._complete(token, documents.message(found))

    async def _complete(self, token: str, message: Message) -> Claim:
        if message.status == "erased":
            return Claim(token, message, None, Customer("", erased=True))
        decision = await self._database["decisions"].find_one({"_id": message.decision_id})
        customers = await documents.customers(self._database, [message.customer])
        return Claim(
            token,
            message,
            None if decision is None else documents.decision(decision),
            customers[message.customer],
        )

    async def begin(self, claim: Claim, text: Text) -> bool:
        written = {"subject": text.subject, "body": text.body, "language": text.language}
        return await self._step(
            claim, {"$set": {"status": "sending", **written}, "$inc": {"attempts": 1}}
        )

    async def retry(self, claim: Claim, due: int, code: str | None) -> bool:
        return await self._step(
            claim,
            {"$set": {"status": "waiting", "due": due, "code": code}, "$unset": {"token": ""}},
        )

    async def finish(self, claim: Claim, outcome: Final, now: int, code: str | None) -> bool:
        outcome_fields = {"status": outcome, "finished_at": now, "code": code, "announced": False}
        kept = await self._step(claim, {"$set": outcome_fields, "$unset": {"due": "", "token": ""}})
        if kept:
            with translating_errors():
                await self._database["decisions"].update_one(
                    {"_id": claim.message.decision_id}, {"$unset": {"data": ""}}
                )
        return kept

    async def withdraw(self, claim: Claim, decision: Decision) -> bool:
        async def transact(session: AsyncClientSession) -> bool:
            database = self._database
            dropped = await database["messages"].delete_one(_held(claim), session=session)
            if dropped.deleted_count and await documents.replace_decision(
                database, decision, "thanked", session
            ):
                return True
            await session.abort_transaction()
            return False

        with translating_errors():
            async with self._database.client.start_session() as session:
                return await session.with_transaction(transact)

    async def drop(self, claim: Claim) -> None:
        with translating_errors():
            await self._database["messages"].delete_one(
                {"_id": claim.message.id, "token": claim.token}
            )

    async def unannounced(self, most: int) -> Sequence[Message]:
        with translating_errors():
            found = self._database["messages"].find({"announced": False}).limit(most)
            return [documents.message(one) async for one in found]

    async def announced(self, messages: Sequence[str]) -> None:
        with translating_errors():
            await self._database["messages"].update_many(
                {"_id": {"$in": list(messages)}}, {"$set": {"announced": True}}
            )

    async def forget_texts(self, before: int) -> None:
        with translating_errors():
            await self._database["messages"].update_many(
                {"finished_at": {"$lt": before}, "body": {"$exists": True}},
                {"$unset": {"subject": "", "body": ""}},
            )

    async def message(self, id: str) -> Message | None:
        with translating_errors():
            found = await self._database["messages"].find_one(
                {"_id": id, "status": {"$ne": "erased"}}
            )
        return None if found is None else documents.message(found)

    async def page(self, query: MessageQuery) -> Sequence[Message]:
        conditions: list[Document] = []
        if query.after is not None:
            conditions.append(documents.older("created_at", query.after))
        with translating_errors():
            family = await documents.family(self._database, [query.customer])
            conditions.append({"customer": {"$in": family}})
            found = (
                self._database["messages"]
                .find({"$and": conditions})
                .sort([("created_at", -1), ("_id", -1)])
                .limit(query.limit)
            )
            return [documents.message(one) async for one in found]

    async def _step(self, claim: Claim, update: Document) -> bool:
        with translating_errors():
            changed = await self._database["messages"].update_one(_held(claim), update)
        return bool(changed.matched_count)


def _held(claim: Claim) -> Document:
    return {"_id": claim.message.id, "token": claim.token, "status": {"$ne": "erased"}}
