"""The book beside the live one, in MongoDB."""

import secrets
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from typing import Any, TypeVar

import msgspec
import pymongo
from pymongo import ReplaceOne, UpdateOne
from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.asynchronous.database import AsyncDatabase

from services.engagement.domain.merging import NOBODY
from services.engagement.domain.rescoring import Refolded
from services.engagement.ports.books import Pair, Stale
from services.engagement.storage.mongo.books import SHELF, MongoBookStore
from services.engagement.storage.mongo.documents import (
    document_of,
    entry_of,
    profile_of,
    update_of,
)
from services.engagement.storage.mongo.standings import standings
from shared.storage.mongo import translating_errors

T = TypeVar("T")
Document = dict[str, Any]
Collected = AsyncCollection[Document]
# For what the server does by itself with every customer.
_LONGEST_SECONDS = 3600


class MongoFollowingBook:
    """Collections of the book, and `stale_<n>`: a mark is deleted only with the stamp it was read
    with, in the transaction that writes what was made of it."""

    def __init__(self, database: AsyncDatabase[Document], books: MongoBookStore) -> None:
        self._database = database
        self._books = books

    async def prepare(self, number: int, after: str, most: int) -> str | None:
        """All at once: the server writes by itself, one document at a time."""
        live = (await self._books.shelf()).live.number
        begun = {**SHELF, "beside": number, "state": "begun"}
        marked: Document = {"$project": {"stamp": {"$literal": secrets.randbits(62)}}}
        erased: Document = {"$match": {"customer": NOBODY}}
        with translating_errors(), pymongo.timeout(_LONGEST_SECONDS):
            if await self._database["books"].count_documents(begun) == 0:
                return None
            await _merge(self._database[f"profiles_{live}"], [marked], f"stale_{number}")
            await _merge(self._database[f"ledger_{live}"], [erased], f"ledger_{number}")
            await self._database["books"].update_one(begun, {"$set": {"state": "building"}})
        return None

    async def stale(self, most: int) -> Stale | None:
        async def read(session: AsyncClientSession) -> Stale | None:
            live, state = await self._books.current(session)
            if live.beside is None or state == "begun":
                return None
            marks = self._database[f"stale_{live.beside}"]
            found = await marks.find({}, session=session).limit(most).to_list(None)
            if not found:
                return None
            stamps = {one["_id"]: one["stamp"] for one in found}
            stand = await standings(self._database, stamps, session)
            ledger = self._database[f"ledger_{live.number}"]
            profiles = self._database[f"profiles_{live.number}"]
            return Stale(
                live.beside,
                stamps,
                [entry_of(one) for one in await _find(ledger, "customer", stamps, session)],
                {
                    one["_id"]: profile_of(one)
                    for one in await _find(profiles, "_id", stamps, session)
                },
                {id for id, standing in stand.items() if standing.excluded},
            )

        return await self._transact(read)

    async def follow(self, stale: Stale, refolded: Mapping[str, Refolded]) -> None:
        async def write(session: AsyncClientSession) -> None:
            marks = self._database[f"stale_{stale.beside}"]
            found = await _find(marks, "_id", stale.stamps, session)
            same = [one["_id"] for one in found if one["stamp"] == stale.stamps[one["_id"]]]
            if same:
                await marks.delete_many({"_id": {"$in": same}}, session=session)
                await self._write(stale.beside, {id: refolded[id] for id in same}, session)

        await self._transact(write)

    async def _write(
        self, book: int, refolded: Mapping[str, Refolded], session: AsyncClientSession
    ) -> None:
        ledger, profiles = self._database[f"ledger_{book}"], self._database[f"profiles_{book}"]
        entries = {entry.key: entry for one in refolded.values() for entry in one.entries}
        known = await _find(ledger, "customer", refolded, session)
        known += await _find(ledger, "_id", entries.keys() - {one["_id"] for one in known}, session)
        before = {one["_id"]: entry_of(one) for one in known}
        gone = [key for key in before if key not in entries]
        if gone:
            await ledger.delete_many({"_id": {"$in": gone}}, session=session)
        new = [document_of(entry) for key, entry in entries.items() if key not in before]
        if new:
            await ledger.insert_many(new, ordered=False, session=session)
        changed = [entries[key] for key, one in before.items() if entries.get(key, one) != one]
        if changed:
            await ledger.bulk_write(
                [ReplaceOne({"_id": one.key}, document_of(one)) for one in changed],
                ordered=False,
                session=session,
            )
        await profiles.delete_many({"_id": {"$in": list(refolded)}}, session=session)
        updates = [
            UpdateOne({"_id": customer}, _update(one), upsert=True)
            for customer, one in refolded.items()
            if one.change is not None
        ]
        if updates:
            await profiles.bulk_write(updates, ordered=False, session=session)

    async def compare(self, after: str, most: int) -> Sequence[Pair]:
        async def read(session: AsyncClientSession) -> list[Pair]:
            live, _ = await self._books.current(session)
            if live.beside is None:
                return []
            found: list[dict[str, Document]] = []
            behind = {"_id": {"$gt": after}}
            names = (f"profiles_{live.number}", f"profiles_{live.beside}", f"stale_{live.beside}")
            for name in names[:2]:
                page = self._database[name].find(behind, session=session).sort("_id").limit(most)
                found.append({one["_id"]: one async for one in page})
            in_live, in_beside = found
            customers = sorted(in_live.keys() | in_beside.keys(), key=str.encode)[:most]
            marks = await _find(self._database[names[2]], "_id", customers, session)
            stale = {one["_id"] for one in marks}
            return [
                Pair(
                    id,
                    profile_of(in_live[id]) if id in in_live else None,
                    profile_of(in_beside[id]) if id in in_beside else None,
                    in_beside[id].get("peak") if id in in_beside else None,
                    id in stale,
                )
                for id in customers
            ]

        return await self._transact(read)

    async def _transact(self, work: Callable[[AsyncClientSession], Awaitable[T]]) -> T:
        with translating_errors():
            async with self._database.client.start_session() as session:
                return await session.with_transaction(work)


async def _merge(source: Collected, pipeline: list[Document], into: str) -> None:
    merge = {"$merge": {"into": into, "whenMatched": "keepExisting", "whenNotMatched": "insert"}}
    await (await source.aggregate([*pipeline, merge])).to_list(None)


async def _find(
    collection: Collected, member: str, values: Collection[str], session: AsyncClientSession
) -> list[Document]:
    query = {member: {"$in": list(values)}}
    return await collection.find(query, session=session).to_list(None)


def _update(refolded: Refolded) -> Document:
    if refolded.change is None:
        raise ValueError("nothing of this customer is left")
    held = {"peak": refolded.peak, "watch": msgspec.to_builtins(refolded.watch)}
    due = 0 if refolded.watch.due is None else refolded.watch.due  # Somebody has to look.
    return update_of(refolded.change) | {"$set": {**held, "due": due}}
