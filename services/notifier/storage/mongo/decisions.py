"""Decisions in MongoDB."""

import asyncio
import heapq
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import islice
from math import inf

from pymongo import UpdateOne

from services.notifier.domain.decision import NOT_OWED, Decision
from services.notifier.domain.planning import Plan
from services.notifier.ports.decisions import DecisionQuery, UnthankedQuery
from services.notifier.storage.fields import customer_key
from services.notifier.storage.mongo import documents, people, plans
from services.notifier.storage.mongo.transactions import Session, transact
from shared.storage.mongo import Database, Document, translating_errors

_HELD_EACH = 200
_PARTS = 4
_SMALLEST_PART = 250
_HELD = "held_in_order"
"""An index of held decisions alone, which is right whatever else the planner may think."""


class MongoDecisions:
    """Collection decisions, and what plans write besides."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._decisions = database["decisions"]

    async def known(self, ids: Collection[str]) -> Mapping[str, Decision]:
        with translating_errors():
            found = await self._decisions.find({"_id": {"$in": [*ids]}}).to_list(None)
        return {document["_id"]: documents.decision(document) for document in found}

    async def held(self, customers: Sequence[str]) -> Mapping[str, Sequence[Decision]]:
        with translating_errors():
            families = await people.families(self._database, customers)
            ids = {id for family in families.values() for id in family.ids}
            cursor = await self._decisions.aggregate(_soonest_due(ids), hint=_HELD)
            found = {one["_id"]: one["first"] for one in await cursor.to_list(None)}
        soonest = {id: [*map(documents.decision, held)] for id, held in found.items()}
        return {
            id: _first(soonest.get(one, ()) for one in family.ids)
            for id, family in families.items()
        }

    async def carry_out(self, given: Sequence[Plan]) -> Collection[str]:
        # One part is put into documents while the server writes the others.
        size = max(_SMALLEST_PART, -(-len(given) // _PARTS))
        parts = [given[start : start + size] for start in range(0, len(given), size)]
        outcomes = await asyncio.gather(*map(self._carry_out, parts), return_exceptions=True)
        refused: set[str] = set()
        for outcome in outcomes:
            if isinstance(outcome, BaseException):
                raise outcome
            refused |= outcome
        return refused

    async def _carry_out(self, given: Sequence[Plan]) -> set[str]:
        async def work(session: Session) -> set[str]:
            return await plans.carry_out(self._database, given, session)

        return await transact(self._database, work)

    async def wake(self, customers: Sequence[str], now: int) -> None:
        keys = [customer_key(customer) for customer in customers]
        were_merged: Document = {"_id": {"$in": keys}, "was_merged_into": {"$exists": True}}
        soon: Document = {
            "due": {"$min": ["$due", now]},
            "revision": {"$add": ["$revision", 1]},
        }
        with translating_errors():
            found = self._database["customers"].find(were_merged, {"was_merged_into": 1})
            before = [document["was_merged_into"] async for document in found]
            families = await people.families(self._database, [*customers, *before])
            woken = {id for family in families.values() for id in family.ids}
            await self._decisions.update_many(
                {"verdict": "held", "customer": {"$in": [*woken]}}, [{"$set": soon}], hint=_HELD
            )

    async def due(self, now: int, most: int) -> Sequence[str]:
        with translating_errors():
            found = self._decisions.find({"due": {"$lte": now}}, {"customer": 1, "_id": 0})
            due = await found.sort([("due", 1), ("customer", 1)]).limit(most).to_list(None)
        return list(dict.fromkeys(document["customer"] for document in due))

    async def unannounced(self, most: int) -> Sequence[Decision]:
        with translating_errors():
            found = await self._decisions.find({"announced": False}).limit(most).to_list(None)
        return [*map(documents.decision, found)]

    async def announced(self, decisions: Sequence[Decision]) -> None:
        if not decisions:
            return
        with translating_errors():
            await self._decisions.bulk_write(
                [
                    UpdateOne({"_id": d.id, "revision": d.revision}, {"$set": {"announced": True}})
                    for d in decisions
                ],
                ordered=False,
            )

    async def page(self, query: DecisionQuery) -> Sequence[Decision]:
        conditions: Document = {**query.conditions}
        if query.after is not None:
            conditions |= documents.older("decided_at", query.after)
        order = [("decided_at", -1), ("_id", -1)]
        return await self._listed(query.customer, conditions, order, query.limit)

    async def unthanked(self, query: UnthankedQuery) -> Sequence[Decision]:
        # A customer who was erased has lost their name, which is below every other.
        unthanked = {"$in": ["held", "suppressed"]}
        conditions: Document = {
            "purpose": "thanks",
            "verdict": unthanked,
            "customer": {"$gt": ""},
            "reason": {"$nin": [*NOT_OWED]},
        }
        if query.after is not None:
            conditions |= documents.newer("time", query.after)
        order = [("time", 1), ("_id", 1)]
        return await self._listed(query.customer, conditions, order, query.limit)

    async def unthanked_count(self, before: int, most: int) -> int:
        waiting: Document = {"purpose": "thanks", "verdict": "held", "time": {"$lt": before}}
        with translating_errors():
            return await self._decisions.count_documents(waiting, limit=most)

    async def _listed(
        self,
        customer: str | None,
        conditions: Document,
        order: list[tuple[str, int]],
        limit: int,
    ) -> list[Decision]:
        with translating_errors():
            if customer is not None:
                family = await people.family(self._database, customer)
                conditions = conditions | {"customer": {"$in": [*family]}}
            found = self._decisions.find(conditions).sort(order).limit(limit)
            return [documents.decision(document) async for document in found]


def _soonest_due(customers: Collection[str]) -> list[Document]:
    first: Document = {"$firstN": {"input": "$$ROOT", "n": _HELD_EACH}}
    return [
        {"$match": {"verdict": "held", "customer": {"$in": [*customers]}}},
        {"$set": {"soonest": {"$ifNull": ["$due", inf]}}},
        {"$sort": {"customer": 1, "soonest": 1, "time": 1, "_id": 1}},
        {"$group": {"_id": "$customer", "first": first}},
    ]


def _first(several: Iterable[Sequence[Decision]]) -> list[Decision]:
    return list(islice(heapq.merge(*several, key=_turn), _HELD_EACH))


def _turn(one: Decision) -> tuple[float, int, str]:
    return (inf if one.due is None else one.due, one.occasion.time, one.id)
