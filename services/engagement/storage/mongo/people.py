"""Who customers are, in MongoDB."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec
from pymongo import ReplaceOne
from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.asynchronous.database import AsyncDatabase

from services.engagement.domain.name_search import (
    end_of,
    is_found_by,
    leading_prefix,
    name_words,
)
from services.engagement.domain.person import Person
from services.engagement.ports.people import FoundByName, PersonRecord, WordPlace
from services.engagement.storage.standing import customer_hash
from shared.storage.mongo import translating_errors

Document = dict[str, Any]


async def create_indexes(database: AsyncDatabase[Document]) -> None:
    """A migration."""
    await database["people"].create_index("person.aliases", sparse=True)
    await database["people"].create_index([("on_leaderboards", 1), ("_id", 1)], sparse=True)
    await database["name_words"].create_index([("word", 1), ("customer", 1)])
    await database["name_words"].create_index("customer")


class MongoPeopleStore:
    """Collection people, and name_words with a document for each word of a name."""

    def __init__(self, database: AsyncDatabase[Document]) -> None:
        self._client = database.client
        self._people = database["people"]
        self._words = database["name_words"]
        self._customers = database["customers"]

    async def keep(self, records: Sequence[PersonRecord]) -> None:
        newest: dict[str, PersonRecord] = {}
        for record in records:
            known = newest.get(record.customer)
            if known is None or record.revision > known.revision:
                newest[record.customer] = record

        async def transact(session: AsyncClientSession) -> None:
            query = {"_id": {"$in": list(newest)}}
            found = self._people.find(query, {"revision": 1}, session=session)
            known = {one["_id"]: one["revision"] async for one in found}
            gone = await _erased_at(self._customers, newest, session)
            news = [
                one
                for id, one in newest.items()
                if one.revision > max(known.get(id, -1), gone.get(id, -1))
            ]
            if news:
                await self._put(news, list(known), session)

        if newest:
            with translating_errors():
                async with self._client.start_session() as session:
                    await session.with_transaction(transact)

    async def _put(
        self, records: Sequence[PersonRecord], known: Sequence[str], session: AsyncClientSession
    ) -> None:
        people = [ReplaceOne({"_id": one.customer}, _document(one), upsert=True) for one in records]
        await self._people.bulk_write(people, ordered=False, session=session)
        if known:
            await self._words.delete_many({"customer": {"$in": known}}, session=session)
        words = [
            {"word": word, "customer": record.customer}
            for record in records
            if record.person is not None
            for word in name_words(record.person.name)
        ]
        if words:
            await self._words.insert_many(words, ordered=False, session=session)

    async def forget(self, customers: Sequence[str]) -> None:
        ids = {"$in": list(customers)}

        async def transact(session: AsyncClientSession) -> None:
            await self._words.delete_many({"customer": ids}, session=session)
            await self._people.delete_many({"_id": ids}, session=session)

        with translating_errors():
            async with self._client.start_session() as session:
                await session.with_transaction(transact)

    async def of(self, customers: Sequence[str]) -> Mapping[str, Person]:
        query = {"_id": {"$in": list(customers)}, "person": {"$exists": True}}
        with translating_errors():
            return {one["_id"]: _person(one) async for one in self._people.find(query)}

    async def by_alias(self, alias: str) -> Sequence[str]:
        found = self._people.find({"person.aliases": alias}, {"_id": 1}).sort("_id")
        with translating_errors():
            return [one["_id"] async for one in found]

    async def by_name(
        self, prefixes: Sequence[str], after: WordPlace | None, most: int
    ) -> FoundByName:
        leading = leading_prefix(prefixes)
        place = after or WordPlace(leading, "")
        # In two ranges, each of which the index has in one piece.
        same = {"word": place.word, "customer": {"$gt": place.customer}}
        behind = {"word": {"$gt": place.word, "$lt": end_of(leading)}}
        places: list[WordPlace] = []
        with translating_errors():
            for part in (same, behind):
                if len(places) < most:
                    found = self._words.find(part).sort([("word", 1), ("customer", 1)])
                    rows = await found.limit(most - len(places)).to_list(None)
                    places += [WordPlace(one["word"], one["customer"]) for one in rows]
        people = await self.of([one.customer for one in places])
        matching = [
            one
            for one in places
            if one.customer in people and is_found_by(one.word, people[one.customer].name, prefixes)
        ]
        return FoundByName(matching, places[-1] if len(places) == most else None)

    async def with_leaderboard_name(self, after: str, most: int) -> Sequence[Person]:
        query = {"on_leaderboards": True, "_id": {"$gt": after}}
        with translating_errors():
            found = self._people.find(query).sort([("on_leaderboards", 1), ("_id", 1)]).limit(most)
            return [_person(one) async for one in found]


async def _erased_at(
    kept: AsyncCollection[Document], customers: Iterable[str], session: AsyncClientSession
) -> dict[str, int]:
    """The newest revision that an erasure took, of those customers who stand as erased."""
    hashes = {customer_hash(customer): customer for customer in customers}
    query = {"_id": {"$in": list(hashes)}, "erased": True, "revision": {"$exists": True}}
    found = kept.find(query, {"revision": 1}, session=session)
    return {hashes[one["_id"]]: one["revision"] async for one in found}


def _document(record: PersonRecord) -> Document:
    document: Document = {"_id": record.customer, "revision": record.revision}
    if record.person is not None:
        document["person"] = msgspec.to_builtins(record.person)
        if record.person.leaderboard_name is not None:
            document["on_leaderboards"] = True
    return document


def _person(found: Document) -> Person:
    return msgspec.convert(found["person"], Person)
