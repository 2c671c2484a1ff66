"""Merges in MongoDB."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import TypeVar

import msgspec
from pymongo.asynchronous.client_session import AsyncClientSession

from services.events.domain.merging import Change, Merge, Standing, begin, undo
from services.events.storage.merge_body import decode_merge, encode_merge
from shared.clock import epoch_ms
from shared.contracts.customers import Customer
from shared.storage.mongo import Database, Document, translating_errors
from shared.storage.redirects import find_redirects

T = TypeVar("T")


async def create_merges_indexes(database: Database) -> None:
    """`merged_into` is the target for as long as the merge is in force."""
    merges = database["merges"]
    await merges.create_index(
        "customer",
        name="in_force",
        unique=True,
        partialFilterExpression={"merged_into": {"$exists": True}},
    )
    await merges.create_index("customer")
    await merges.create_index("target")
    await merges.create_index("merged_into", sparse=True)
    await merges.create_index([("merged_at", -1), ("_id", -1)])
    await merges.create_index("told", partialFilterExpression={"told": False})
    await merges.create_index("merged_at", partialFilterExpression={"has_sides": True})


class MongoMerges:
    """One document a merge. Changes take turns by a document that each of them writes to."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._merges = database["merges"]

    async def merge(self, wanted: Merge) -> tuple[Merge, bool]:
        async def transact(session: AsyncClientSession) -> tuple[Merge, bool]:
            return await self._change(wanted, partial(begin, wanted), session)

        return await self._in_turn(transact)

    async def undo(self, merge_id: str, now: datetime) -> Merge | None:
        async def transact(session: AsyncClientSession) -> Merge | None:
            found = await self._merges.find_one({"_id": merge_id}, session=session)
            if found is None:
                return None
            merge = decode_merge(found["body"])
            return (await self._change(merge, partial(undo, merge, now=now), session))[0]

        return await self._in_turn(transact)

    async def get(self, merge_id: str) -> Merge | None:
        with translating_errors():
            found = await self._merges.find_one({"_id": merge_id})
        return None if found is None else decode_merge(found["body"])

    async def page(
        self, customer: str | None, after: tuple[int, str] | None, limit: int
    ) -> Sequence[Merge]:
        conditions: list[Document] = [{}]
        if customer is not None:
            conditions.append({"$or": [{"customer": customer}, {"target": customer}]})
        if after is not None:
            time, last = after
            older = [{"merged_at": {"$lt": time}}, {"merged_at": time, "_id": {"$lt": last}}]
            conditions.append({"$or": older})
        with translating_errors():
            found = self._merges.find({"$and": conditions})
            page = found.sort([("merged_at", -1), ("_id", -1)]).limit(limit)
            return [decode_merge(one["body"]) async for one in page]

    async def redirects(self, customers: Collection[str]) -> Mapping[str, str]:
        with translating_errors():
            return await find_redirects(self._merges, customers)

    async def untold(self, limit: int) -> Sequence[Merge]:
        with translating_errors():
            found = self._merges.find({"told": False}).limit(limit)
            return [decode_merge(one["body"]) async for one in found]

    async def told(self, merge: Merge) -> None:
        wanted = {"_id": merge.id, "merged_into": {"$exists": merge.undone_at is None}}
        with translating_errors():
            await self._merges.update_one(wanted, {"$set": {"told": True}})

    async def forget_sides(self, before: datetime) -> None:
        with translating_errors():
            old = self._merges.find({"has_sides": True, "merged_at": {"$lt": epoch_ms(before)}})
            async for one in old:
                body = encode_merge(replace(decode_merge(one["body"]), sides=None))
                await self._merges.update_one(
                    {"_id": one["_id"], "body": one["body"]},
                    {"$set": {"has_sides": False, "body": body}},
                )

    async def forget(self, subjects: Collection[str]) -> None:
        among = {"$in": list(subjects)}
        undone = {"merged_into": {"$exists": False}}
        with translating_errors():
            await self._merges.delete_many(
                {
                    "$or": [
                        {"customer": among, "target": among},
                        {**undone, "customer": among},
                        {**undone, "target": among},
                    ]
                }
            )

    async def _in_turn(self, work: Callable[[AsyncClientSession], Awaitable[T]]) -> T:
        async def transact(session: AsyncClientSession) -> T:
            await self._database["meta"].update_one(
                {"_id": "merging"}, {"$inc": {"turn": 1}}, upsert=True, session=session
            )
            return await work(session)

        with translating_errors():
            async with self._database.client.start_session() as session:
                return await session.with_transaction(transact)

    async def _change(
        self, merge: Merge, decide: Callable[[Standing], Change], session: AsyncClientSession
    ) -> tuple[Merge, bool]:
        both = {"$in": [merge.source, merge.target]}
        part = [{"customer": both}, {"target": both}]
        found = self._merges.find({"merged_into": {"$exists": True}, "$or": part}, session=session)
        in_force = [decode_merge(one["body"]) async for one in found]
        source = await self._customer(merge.source, session)
        target = await self._customer(merge.target, session)
        change = decide(Standing(source, target, in_force))
        if change.is_new:
            for one in change.merges:
                await self._merges.replace_one(
                    {"_id": one.id}, _document(one), upsert=True, session=session
                )
            for customer, record in change.customers.items():
                await self._database["customers"].update_one(
                    {"_id": customer},
                    {"$set": msgspec.to_builtins(record)},
                    upsert=True,
                    session=session,
                )
        return change.merges[0], change.is_new

    async def _customer(self, customer: str, session: AsyncClientSession) -> Customer | None:
        found = await self._database["customers"].find_one({"_id": customer}, session=session)
        return None if found is None else msgspec.convert(found, Customer)


def _document(merge: Merge) -> Document:
    in_force = {"merged_into": merge.target} if merge.undone_at is None else {}
    return {
        "customer": merge.source,
        "target": merge.target,
        "merged_at": epoch_ms(merge.merged_at),
        "told": False,
        "has_sides": merge.sides is not None,
        "body": encode_merge(merge),
        **in_force,
    }
