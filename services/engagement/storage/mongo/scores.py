"""Scores in MongoDB. One transaction a batch: position, ledger, profiles."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from pymongo import UpdateOne
from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import DuplicateKeyError

from services.engagement.domain.act import Act
from services.engagement.domain.formula import Formula
from services.engagement.domain.ledger import Entry
from services.engagement.domain.profile import Profile
from services.engagement.domain.scoring import Known, Scored
from services.engagement.ports.scores import Advance, MoneyTotal, Totals
from services.engagement.storage import wanted
from services.engagement.storage.mongo.documents import (
    document_of,
    entry_of,
    profile_of,
    update_of,
    whole,
)
from services.engagement.storage.mongo.standings import mark_withdrawals, standings
from services.engagement.storage.standing import survivors_of
from shared.errors import Conflict
from shared.storage.mongo import translating_errors
from shared.storage.redirects import find_redirects

Document = dict[str, Any]


class MongoScoreStore:
    """Collections: positions, ledger, profiles, customers."""

    def __init__(self, database: AsyncDatabase[Document], formula: Formula) -> None:
        self._database = database
        self._formula = formula

    async def position(self, topic: str, partition: int) -> int | None:
        with translating_errors():
            found = await self._database["positions"].find_one({"_id": f"{topic}/{partition}"})
        return None if found is None else int(found["next"])

    async def apply(
        self, advance: Advance, acts: Sequence[Act], decide: Callable[[Known], Scored]
    ) -> Sequence[Entry]:
        async def transact(session: AsyncClientSession) -> list[Entry]:
            await self._advance(advance, session)
            if not acts:
                return []
            known = await self._known(acts, session)
            scored = decide(known)
            await self._write(scored, session)
            return [*known.entries.values(), *scored.entries]

        with translating_errors():
            async with self._database.client.start_session() as session:
                return await session.with_transaction(transact)

    async def _advance(self, advance: Advance, session: AsyncClientSession) -> None:
        positions = self._database["positions"]
        name = f"{advance.topic}/{advance.partition}"
        if advance.expected is None:
            try:
                await positions.insert_one({"_id": name, "next": advance.next}, session=session)
            except DuplicateKeyError:
                raise Conflict("another consumer has begun this partition") from None
            return
        moved = await positions.update_one(
            {"_id": name, "next": advance.expected},
            {"$set": {"next": advance.next}},
            session=session,
        )
        if moved.matched_count == 0:
            raise Conflict("another consumer has moved on")

    async def _known(self, acts: Sequence[Act], session: AsyncClientSession) -> Known:
        stand = dict(await standings(self._database, {act.origin for act in acts}, session))
        survivors: dict[str, str] = {}
        if merged := [id for id, one in stand.items() if one.merged_into is not None]:
            survivors = survivors_of(
                merged, await find_redirects(self._database["customers"], merged, session)
            )
            stand |= await standings(self._database, set(survivors.values()), session)
        targets = [act.withdraws for act in acts if act.withdraws is not None]
        entries = {
            entry.key: entry
            for entry in await self._select("_id", wanted.keys(acts, targets), session)
        }
        withdrawn = [entries.get(key) for key in targets]
        orders = wanted.orders(acts, survivors, withdrawn, self._formula)
        awaited = wanted.withdrawals(acts, survivors, stand, targets)
        return Known(
            entries=entries,
            order_entries=await self._select("order", orders, session),
            withdrawals=await self._select("withdraws", awaited, session),
            erased=frozenset(id for id, one in stand.items() if one.erased),
            survivors=survivors,
        )

    async def _select(
        self, member: str, values: Collection[str], session: AsyncClientSession
    ) -> list[Entry]:
        if not values:
            return []
        query = {member: {"$in": list(values)}}
        found = await self._database["ledger"].find(query, session=session).to_list(None)
        return [entry_of(one) for one in found]

    async def _write(self, scored: Scored, session: AsyncClientSession) -> None:
        if not scored.entries:
            return
        await self._database["ledger"].insert_many(
            [document_of(entry) for entry in scored.entries], ordered=False, session=session
        )
        await self._database["profiles"].bulk_write(
            [
                UpdateOne({"_id": customer}, update_of(change), upsert=True)
                for customer, change in scored.changes.items()
            ],
            ordered=False,
            session=session,
        )
        told = {entry.customer for entry in scored.entries if entry.withdraws is not None}
        await mark_withdrawals(self._database, told, session)

    async def profiles(self, customers: Sequence[str]) -> Mapping[str, Profile]:
        with translating_errors():
            found = (
                await self._database["profiles"]
                .find({"_id": {"$in": list(customers)}})
                .to_list(None)
            )
        return {document["_id"]: profile_of(document) for document in found}

    async def heaviest(self, customers: Sequence[str], most: int) -> Mapping[str, Sequence[Entry]]:
        pipeline: list[Document] = [
            {"$match": {"customer": {"$in": list(customers)}}},
            {
                "$group": {
                    "_id": {"customer": "$customer", "dimension": "$dimension"},
                    "top": {"$topN": {"n": most, "sortBy": {"heft": -1}, "output": "$$ROOT"}},
                }
            },
        ]
        result: dict[str, list[Entry]] = {}
        with translating_errors():
            async for group in await self._database["ledger"].aggregate(pipeline):
                entries = result.setdefault(group["_id"]["customer"], [])
                entries.extend(entry_of(document) for document in group["top"])
        return result

    async def entries(self, customers: Sequence[str]) -> Sequence[Entry]:
        query = {"customer": {"$in": list(customers)}}
        with translating_errors():
            return [entry_of(one) async for one in self._database["ledger"].find(query)]

    async def scan(self, after: str, most: int) -> Sequence[Profile]:
        found = self._database["profiles"].find({"_id": {"$gt": after}}).sort("_id").limit(most)
        with translating_errors():
            return [profile_of(document) async for document in found]

    async def survivors(self, customers: Sequence[str]) -> Mapping[str, str]:
        with translating_errors():
            return survivors_of(
                customers, await find_redirects(self._database["customers"], customers)
            )

    async def totals(self) -> Totals:
        with translating_errors():
            customers = await self._database["profiles"].count_documents({})
            acts = await self._sum_by("acts", {"n": {"$sum": "$item.v"}})
            money = await self._sum_by(
                "money",
                {"gross": {"$sum": "$item.v.gross"}, "refunded": {"$sum": "$item.v.refunded"}},
            )
        totals = [
            MoneyTotal(one["_id"], whole(one["gross"]), whole(one["refunded"])) for one in money
        ]
        return Totals(
            customers,
            {found["_id"]: int(found["n"]) for found in acts if found["n"]},
            [total for total in totals if total.gross or total.refunded],
        )

    async def _sum_by(self, member: str, sums: Document) -> list[Document]:
        pipeline: list[Document] = [
            {"$project": {"item": {"$objectToArray": f"${member}"}}},
            {"$unwind": "$item"},
            {"$group": {"_id": "$item.k", **sums}},
            {"$sort": {"_id": 1}},
        ]
        return await (await self._database["profiles"].aggregate(pipeline)).to_list(None)

    async def pin(self, basis: Mapping[str, str]) -> Mapping[str, str]:
        kept = self._database["basis"]
        with translating_errors():
            for dimension, made_with in basis.items():
                await kept.update_one(
                    {"_id": dimension}, {"$setOnInsert": {"made_with": made_with}}, upsert=True
                )
            return {found["_id"]: found["made_with"] async for found in kept.find({})}

    async def ping(self) -> None:
        with translating_errors():
            await self._database.command("ping")
