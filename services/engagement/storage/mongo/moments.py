"""Moments in MongoDB, and profiles by when they are due."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any

import msgspec
from bson import ObjectId
from pymongo import UpdateOne
from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.asynchronous.database import AsyncDatabase

from services.engagement.domain.moment import Moment
from services.engagement.domain.moments import Observed
from services.engagement.domain.profile import Profile
from services.engagement.domain.timeline import Place
from services.engagement.storage.live import when_let
from services.engagement.storage.mongo.books import MongoBookStore
from services.engagement.storage.mongo.documents import profile_of
from services.engagement.storage.mongo.watches import LOOK_SOON, replaced_watch
from services.engagement.storage.standing import customer_hash
from shared.storage.mongo import translating_errors

Document = dict[str, Any]
_NEWEST_FIRST = [("time", -1), ("_id", -1)]
_UNANNOUNCED = {"unannounced": True}


async def create_indexes(database: AsyncDatabase[Document]) -> None:
    """A migration. What is announced, or was never to be, has no member `unannounced`."""
    moments = database["moments"]
    await moments.create_index([("customer", 1), *_NEWEST_FIRST])
    await moments.create_index(
        [("unannounced", 1), ("time", 1)], partialFilterExpression=_UNANNOUNCED
    )


async def insert_moments(
    database: AsyncDatabase[Document],
    observed: Iterable[Observed],
    session: AsyncClientSession | None = None,
) -> None:
    """Keep the moments that were observed; one with an id that is known changes nothing."""
    found = {
        moment.id: _document(moment, announced=announced)
        for one in observed
        for moments, announced in ((one.moments, False), (one.history, True))
        for moment in moments
    }
    if not found:
        return
    known = database["moments"].find({"_id": {"$in": list(found)}}, {"_id": 1}, session=session)
    for one in await known.to_list(None):
        del found[one["_id"]]
    if found:
        await database["moments"].insert_many(found.values(), ordered=False, session=session)


async def forget_moments(
    database: AsyncDatabase[Document],
    customers: Iterable[str],
    session: AsyncClientSession | None = None,
) -> None:
    """Delete the moments of customers who are erased."""
    query = {"customer": {"$in": list(customers)}}
    await database["moments"].delete_many(query, session=session)


class MongoMomentStore:
    """Collection moments, and members watch, due and claim of each book's profiles."""

    def __init__(self, database: AsyncDatabase[Document], books: MongoBookStore) -> None:
        self._database = database
        self._moments = database["moments"]
        self._books = books

    async def keep(self, moments: Sequence[Moment]) -> None:
        if not moments:
            return
        with translating_errors():
            await self._moments.bulk_write([_insert(one) for one in moments], ordered=False)
            # Only now, when an erasure that ends finds what was kept: one that ended before it
            # stands here already.
            hashes = {customer_hash(one.customer): one.customer for one in moments}
            query = {"_id": {"$in": list(hashes)}, "erased": True}
            gone = self._database["customers"].find(query, {"_id": 1})
            if erased := [hashes[one["_id"]] async for one in gone]:
                await forget_moments(self._database, erased)

    async def unannounced(self, most: int) -> Sequence[Moment]:
        with translating_errors():
            found = self._moments.find(_UNANNOUNCED).sort("time").limit(most)
            return [_moment(one) async for one in found]

    async def mark_announced(self, ids: Collection[str]) -> None:
        with translating_errors():
            await self._moments.update_many(
                {"_id": {"$in": list(ids)}}, {"$unset": {"unannounced": ""}}
            )

    async def of(
        self, customers: Collection[str], before: Place | None, most: int
    ) -> Sequence[Moment]:
        query: Document = {"customer": {"$in": list(customers)}}
        if before is not None:
            query["time"] = {"$lte": before.time}
            same = {"time": before.time, "_id": {"$lt": before.key}}
            query["$or"] = [{"time": {"$lt": before.time}}, same]
        with translating_errors():
            found = self._moments.find(query).sort(_NEWEST_FIRST).limit(most)
            return [_moment(one) async for one in found]

    async def take_due(self, now: int, until: int, most: int) -> Sequence[Profile]:
        live = await self._books.live()
        profiles = self._database[f"profiles_{live.number}"]
        due = {"due": {"$lte": now}}
        claim = ObjectId()
        with translating_errors():
            found = await profiles.find(due, {"_id": 1}).sort("due").limit(most).to_list(None)
            if not found:
                return []
            ids = {"$in": [one["_id"] for one in found]}
            # Whoever comes second to a profile no longer finds it due.
            await profiles.update_many(
                {"_id": ids, **due}, {"$set": {"due": until, "claim": claim}}
            )
            return [profile_of(one) async for one in profiles.find({"_id": ids, "claim": claim})]

    async def conclude(self, looked: Sequence[tuple[Profile, Observed]]) -> int:
        async def transact(session: AsyncClientSession) -> int:
            live = await self._books.changing(session, touch=True)
            profiles = self._database[f"profiles_{live.number}"]
            ids = {"$in": [profile.customer for profile, _ in looked]}
            found = await profiles.find({"_id": ids}, session=session).to_list(None)
            now = {one["_id"]: profile_of(one) for one in found}
            same = {p.customer: seen for p, seen in looked if now.get(p.customer) == p}
            await insert_moments(self._database, same.values(), session)
            updates = [
                UpdateOne({"_id": id}, replaced_watch(same[id].watch) if id in same else LOOK_SOON)
                for id in now
            ]
            if updates:
                await profiles.bulk_write(updates, ordered=False, session=session)
            await self._books.mark_stale(live, same.keys(), session)
            return len(same)

        async def run() -> int:
            with translating_errors():
                async with self._database.client.start_session() as session:
                    return await session.with_transaction(transact)

        return await when_let(run, self._books.lift)


def _document(moment: Moment, *, announced: bool = False) -> Document:
    document: Document = msgspec.to_builtins(moment)
    document["_id"] = document.pop("id")
    if not announced:
        document |= _UNANNOUNCED
    return document


def _insert(moment: Moment) -> UpdateOne:
    document = _document(moment)
    return UpdateOne({"_id": document.pop("_id")}, {"$setOnInsert": document}, upsert=True)


def _moment(found: Document) -> Moment:
    return msgspec.convert({**found, "id": found["_id"]}, Moment)
