"""Scores in MongoDB. One transaction a batch: position, ledger, profiles."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from pymongo import ReplaceOne, UpdateOne
from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import DuplicateKeyError

from services.engagement.domain.act import Act
from services.engagement.domain.ledger import Change, Entry
from services.engagement.domain.profile import Profile
from services.engagement.domain.scoring import Scored
from services.engagement.domain.timeline import Place
from services.engagement.domain.watch import Watch
from services.engagement.ports.books import Live
from services.engagement.ports.scores import Advance, Decide, MoneyTotal, Totals
from services.engagement.storage.live import when_let
from services.engagement.storage.mongo.books import MongoBookStore
from services.engagement.storage.mongo.documents import (
    document_of,
    entry_of,
    new_profile,
    profile_of,
    update_of,
    whole,
)
from services.engagement.storage.mongo.known import read_known, read_profiles
from services.engagement.storage.mongo.moments import insert_moments
from services.engagement.storage.mongo.standings import mark_withdrawals
from services.engagement.storage.mongo.watches import with_watch
from services.engagement.storage.standing import survivors_of
from shared.errors import Conflict
from shared.merging import family_of
from shared.storage.mongo import translating_errors
from shared.storage.redirects import find_redirects

Document = dict[str, Any]
_AT_ONCE = 2
"""One batch is decided while another is written; what more of them have changed and not committed
is what MongoDB's cache would have to hold."""


class MongoScoreStore:
    """Collections: positions, customers, and of each book ledger and profiles."""

    def __init__(self, database: AsyncDatabase[Document], books: MongoBookStore) -> None:
        self._database = database
        self._books = books
        self._changing = asyncio.Semaphore(_AT_ONCE)

    async def position(self, topic: str, partition: int) -> int | None:
        with translating_errors():
            found = await self._database["positions"].find_one({"_id": f"{topic}/{partition}"})
        return None if found is None else int(found["next"])

    async def apply(self, advance: Advance, acts: Sequence[Act], decide: Decide) -> Sequence[Entry]:
        async def transact(session: AsyncClientSession) -> list[Entry]:
            live = await self._books.changing(session, touch=advance.expected is None)
            await self._advance(advance, session)
            if not acts:
                return []
            known = await read_known(self._database, acts, live, session)
            # In a thread, so that a large batch does not hold up those who read scores meanwhile.
            scored = await asyncio.to_thread(decide, known, live.formula)
            await self._write(scored, known.profiles, live, session)
            return [*known.entries.values(), *scored.entries]

        async def run() -> list[Entry]:
            with translating_errors():
                async with self._database.client.start_session() as session:
                    return await session.with_transaction(transact)

        async with self._changing:
            return await when_let(run, self._books.lift)

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

    async def _write(
        self, scored: Scored, known: Collection[str], live: Live, session: AsyncClientSession
    ) -> None:
        if not scored.entries:
            return
        await self._database[f"ledger_{live.number}"].insert_many(
            [document_of(entry) for entry in scored.entries], ordered=False, session=session
        )
        changes, noticed = scored.changes.items(), scored.noticed
        # Most of what an upsert costs is found out here already: whether there is a profile.
        begun = [new_profile(id, one, noticed.get(id)) for id, one in changes if id not in known]
        updates = [
            UpdateOne({"_id": id}, _update(id, one, noticed)) for id, one in changes if id in known
        ]
        profiles = self._database[f"profiles_{live.number}"]
        if begun:
            await profiles.insert_many(begun, ordered=False, session=session)
        if updates:
            await profiles.bulk_write(updates, ordered=False, session=session)
        await insert_moments(self._database, scored.observed.values(), session)
        if scored.rewritten:
            await self._database[f"ledger_{live.number}"].bulk_write(
                [ReplaceOne({"_id": one.key}, document_of(one)) for one in scored.rewritten],
                ordered=False,
                session=session,
            )
        told = {entry.customer for entry in scored.entries if entry.withdraws is not None}
        await mark_withdrawals(self._database, told, session)
        await self._books.mark_stale(live, scored.changes.keys(), session)

    async def _of_live(self, name: str) -> AsyncCollection[Document]:
        return self._database[f"{name}_{(await self._books.live()).number}"]

    async def profiles(self, customers: Sequence[str]) -> Mapping[str, Profile]:
        with translating_errors():
            return await read_profiles(await self._of_live("profiles"), customers)

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
        ledger = await self._of_live("ledger")
        with translating_errors():
            async for group in await ledger.aggregate(pipeline):
                entries = result.setdefault(group["_id"]["customer"], [])
                entries.extend(entry_of(document) for document in group["top"])
        return result

    async def entries(self, customers: Sequence[str]) -> Sequence[Entry]:
        query = {"customer": {"$in": list(customers)}}
        ledger = await self._of_live("ledger")
        with translating_errors():
            return [entry_of(one) async for one in ledger.find(query)]

    async def recent(self, customer: str, before: Place | None, most: int) -> Sequence[Entry]:
        query: Document = {"customer": customer}
        if before is not None:
            same = {"time": before.time, "_id": {"$lt": before.key}}
            query["$or"] = [{"time": {"$lt": before.time}}, same]
        ledger = await self._of_live("ledger")
        with translating_errors():
            found = ledger.find(query).sort([("time", -1), ("_id", -1)]).limit(most)
            return [entry_of(one) async for one in found]

    async def who_did(
        self, customers: Sequence[str], kind: str, since: int, until: int
    ) -> Collection[str]:
        query = {
            "customer": {"$in": list(customers)},
            "kind": kind,
            "time": {"$gte": since, "$lt": until},
        }
        ledger = await self._of_live("ledger")
        with translating_errors():
            return set(await ledger.distinct("customer", query))

    async def scan(self, after: str, most: int) -> Sequence[Profile]:
        profiles = await self._of_live("profiles")
        found = profiles.find({"_id": {"$gt": after}}).sort("_id").limit(most)
        with translating_errors():
            return [profile_of(document) async for document in found]

    async def survivors(self, customers: Sequence[str]) -> Mapping[str, str]:
        with translating_errors():
            return survivors_of(
                customers, await find_redirects(self._database["customers"], customers)
            )

    async def family(self, customer: str) -> Collection[str]:
        with translating_errors():
            redirects = await find_redirects(self._database["customers"], [customer])
        return family_of(customer, redirects)

    async def totals(self) -> Totals:
        profiles = await self._of_live("profiles")
        with translating_errors():
            customers = await profiles.count_documents({})
            acts = await _sum_by(profiles, "acts", {"n": {"$sum": "$item.v"}})
            money = await _sum_by(
                profiles,
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

    async def ping(self) -> None:
        with translating_errors():
            await self._database.command("ping")


async def _sum_by(
    profiles: AsyncCollection[Document], member: str, sums: Document
) -> list[Document]:
    pipeline: list[Document] = [
        {"$project": {"item": {"$objectToArray": f"${member}"}}},
        {"$unwind": "$item"},
        {"$group": {"_id": "$item.k", **sums}},
        {"$sort": {"_id": 1}},
    ]
    return await (await profiles.aggregate(pipeline)).to_list(None)


def _update(customer: str, change: Change, noticed: Mapping[str, Watch]) -> Document:
    update = update_of(change)
    return with_watch(update, noticed[customer]) if customer in noticed else update
