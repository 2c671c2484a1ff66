"""Decisions in MongoDB."""

from collections.abc import Sequence

from pymongo import ReplaceOne, UpdateOne
from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.errors import BulkWriteError

from services.notifier.domain.decision import Decision
from services.notifier.domain.message import Message
from services.notifier.ports import DecisionQuery
from services.notifier.storage import fields
from services.notifier.storage.mongo import documents
from shared.storage.mongo import Database, Document, translating_errors

_DUPLICATE_KEY = 11000


class MongoDecisions:
    """Collection decisions, and messages as far as decisions ask for them.

    A decision and its message are written in one transaction; decisions without one, nearly all
    in an import of old acts, need none.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def record(
        self, decisions: Sequence[tuple[Decision, Message | None]]
    ) -> Sequence[Decision]:
        alone = [decision for decision, message in decisions if message is None]
        paired = [(d, message) for d, message in decisions if message is not None]
        with translating_errors():
            standing = await self._insert(alone) if alone else {}
            if paired:
                standing |= await self._insert_paired(paired)
        return [standing.get(decision.id, decision) for decision, _ in decisions]

    async def _insert(self, decisions: Sequence[Decision]) -> dict[str, Decision]:
        """Returns those that stood already."""
        try:
            await self._database["decisions"].insert_many(
                [documents.to_document(fields.decision_fields(d)) for d in decisions],
                ordered=False,
            )
        except BulkWriteError as error:
            failures = error.details["writeErrors"]
            if any(one["code"] != _DUPLICATE_KEY for one in failures):
                raise
            return await self._standing([one["op"]["_id"] for one in failures])
        return {}

    async def _insert_paired(
        self, decisions: Sequence[tuple[Decision, Message]]
    ) -> dict[str, Decision]:
        async def transact(session: AsyncClientSession) -> dict[str, Decision]:
            standing = await self._standing([d.id for d, _ in decisions], session)
            new = [(d, message) for d, message in decisions if d.id not in standing]
            if new:
                await self._database["decisions"].insert_many(
                    [documents.to_document(fields.decision_fields(d)) for d, _ in new],
                    ordered=False,
                    session=session,
                )
                await self._database["messages"].bulk_write(
                    [_insert_message(message) for _, message in new],
                    ordered=False,
                    session=session,
                )
            return standing

        async with self._database.client.start_session() as session:
            return await session.with_transaction(transact)

    async def _standing(
        self, ids: Sequence[str], session: AsyncClientSession | None = None
    ) -> dict[str, Decision]:
        found = self._database["decisions"].find({"_id": {"$in": list(ids)}}, session=session)
        return {document["_id"]: documents.decision(document) async for document in found}

    async def wake(self, customers: Sequence[str], now: int) -> None:
        keys = [fields.customer_key(customer) for customer in customers]
        were_merged: Document = {"_id": {"$in": keys}, "was_merged_into": {"$exists": True}}
        with translating_errors():
            found = self._database["customers"].find(were_merged)
            before = [document["was_merged_into"] async for document in found]
            woken = await documents.family(self._database, [*customers, *before])
            await self._database["decisions"].update_many(
                {"verdict": "held", "customer": {"$in": woken}},
                {"$set": {"due": now}, "$inc": {"revision": 1}},
            )

    async def due(self, now: int, most: int) -> Sequence[Decision]:
        with translating_errors():
            found = self._database["decisions"].find({"due": {"$lte": now}})
            return [documents.decision(one) async for one in found.sort("due").limit(most)]

    async def settle(self, decisions: Sequence[tuple[Decision, Message | None]]) -> None:
        alone = [
            ReplaceOne(*documents.replacement(decision, "held"))
            for decision, message in decisions
            if message is None
        ]
        with translating_errors():
            if alone:
                await self._database["decisions"].bulk_write(alone, ordered=False)
            for decision, message in decisions:
                if message is not None:
                    await self._settle_paired(decision, message)

    async def _settle_paired(self, decision: Decision, message: Message) -> None:
        async def transact(session: AsyncClientSession) -> None:
            database = self._database
            if await documents.replace_decision(database, decision, "held", session):
                await database["messages"].bulk_write([_insert_message(message)], session=session)

        async with self._database.client.start_session() as session:
            await session.with_transaction(transact)

    async def unannounced(self, most: int) -> Sequence[Decision]:
        with translating_errors():
            found = self._database["decisions"].find({"announced": False}).limit(most)
            return [documents.decision(one) async for one in found]

    async def announced(self, decisions: Sequence[Decision]) -> None:
        with translating_errors():
            await self._database["decisions"].bulk_write(
                [
                    UpdateOne({"_id": d.id, "revision": d.revision}, {"$set": {"announced": True}})
                    for d in decisions
                ],
                ordered=False,
            )

    async def page(self, query: DecisionQuery) -> Sequence[Decision]:
        conditions: list[Document] = [{name: v} for name, v in query.conditions.items()]
        if query.after is not None:
            conditions.append(documents.older("decided_at", query.after))
        with translating_errors():
            if query.customer is not None:
                family = await documents.family(self._database, [query.customer])
                conditions.append({"customer": {"$in": family}})
            found = (
                self._database["decisions"]
                .find({"$and": conditions} if conditions else {})
                .sort([("decided_at", -1), ("_id", -1)])
                .limit(query.limit)
            )
            return [documents.decision(one) async for one in found]


def _insert_message(message: Message) -> UpdateOne:
    document = documents.to_document(fields.message_fields(message))
    return UpdateOne({"_id": document.pop("_id")}, {"$setOnInsert": document}, upsert=True)
