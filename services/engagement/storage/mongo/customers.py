"""Whom acts count for, in MongoDB: redirects and erasures, and the scores that follow them."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from typing import Any

from pymongo import ReplaceOne, UpdateOne
from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.asynchronous.database import AsyncDatabase

from services.engagement.domain.customer import CustomerRecord, leading_to, redirected, touched
from services.engagement.domain.ledger import Entry
from services.engagement.domain.merging import NOBODY, readdress
from services.engagement.storage.live import when_let
from services.engagement.storage.mongo.books import MongoBookStore
from services.engagement.storage.mongo.documents import document_of, entry_of, update_of
from services.engagement.storage.mongo.moments import forget_moments
from services.engagement.storage.mongo.standings import mark_withdrawals, standings
from services.engagement.storage.mongo.watches import LOOK_SOON
from services.engagement.storage.standing import customer_hash
from shared.merging import survivor_of
from shared.storage.mongo import translating_errors
from shared.storage.redirects import find_redirects

Document = dict[str, Any]


class MongoCustomerStore:
    """Collection customers has those of whom there is something to say.

    Each change writes to the profile of everybody whose acts it moves, even if it is gone again
    after: a batch that began before, and knows nothing of the change, then conflicts and repeats.
    """

    def __init__(self, database: AsyncDatabase[Document], books: MongoBookStore) -> None:
        self._database = database
        self._books = books
        self._customers = database["customers"]

    async def keep(self, records: Sequence[CustomerRecord]) -> None:
        for record in await self._news(records):

            async def transact(
                session: AsyncClientSession, record: CustomerRecord = record
            ) -> None:
                await self._keep(record, session)

            await self._transact(transact)

    async def _transact(self, work: Callable[[AsyncClientSession], Awaitable[None]]) -> None:
        async def run() -> None:
            with translating_errors():
                async with self._database.client.start_session() as session:
                    await session.with_transaction(work)

        await when_let(run, self._books.lift)

    async def _news(self, records: Sequence[CustomerRecord]) -> list[CustomerRecord]:
        """Records that may change something, which are few: the others need no transaction."""
        hashes = [customer_hash(record.customer) for record in records]
        with translating_errors():
            found = await self._customers.find({"_id": {"$in": hashes}}).to_list(None)
        known = {one["_id"] for one in found}
        telling = {record.customer for record in records if record.says_something}
        return [
            record
            for record, key in zip(records, hashes, strict=True)
            if key in known or record.customer in telling
        ]

    async def _keep(self, record: CustomerRecord, session: AsyncClientSession) -> None:
        person = {"_id": customer_hash(record.customer)}
        known = await self._customers.find_one(person, session=session)
        if known is None and not record.says_something:
            return
        if known is not None and known.get("revision", -1) >= record.revision:
            return
        ends = {record.customer, record.merged_into or record.customer}
        before = await find_redirects(self._customers, ends, session)
        after = redirected(record, before)
        survivor = survivor_of(record.customer, after)
        standing = (await standings(self._database, [survivor], session)).get(survivor)
        into = after.get(record.customer)
        says = {
            "customer": into and record.customer,
            "merged_into": into,
            "excluded": record.excluded,
        }
        update: Document = {
            "$set": {"revision": record.revision, "erased": False}
            | {name: value for name, value in says.items() if value is not None},
            "$unset": {name: "" for name, value in says.items() if value is None},
        }
        await self._customers.update_one(person, update, upsert=True, session=session)
        if into is not None and survivor != record.customer and standing and standing.erased:
            await self._forget(record.customer, before, session)
        elif moved := touched(before, after, record, bool(known and known.get("excluded"))):
            await self._readdress(moved, after, (), session)

    async def erase(self, customer: str, request: str) -> None:
        async def transact(session: AsyncClientSession) -> None:
            person = {"_id": customer_hash(customer)}
            known = await self._customers.find_one(person, session=session)
            if known is not None and known.get("request") == request:
                return
            marked: Document = {"$set": {"request": request}}
            told = await self._database["people"].find_one({"_id": customer}, session=session)
            if told is not None:  # A record that is told again is older than the erasure.
                marked["$max"] = {"revision": told["revision"]}
            await self._customers.update_one(person, marked, upsert=True, session=session)
            redirects = await find_redirects(self._customers, [customer], session)
            await self._forget(customer, redirects, session)

        await self._transact(transact)
        # Of touchpoints that were met meanwhile, which the transaction could not see.
        erased = {"_id": customer_hash(customer), "erased": True}
        with translating_errors():
            if await self._customers.find_one(erased, {"_id": 1}) is not None:
                await forget_moments(self._database, [customer])

    async def _forget(
        self, customer: str, merged_into: Mapping[str, str], session: AsyncClientSession
    ) -> None:
        gone = leading_to(customer, merged_into)
        forgotten = {"$set": {"erased": True}, "$unset": {"customer": "", "merged_into": ""}}
        await self._customers.bulk_write(
            [UpdateOne({"_id": customer_hash(id)}, forgotten, upsert=True) for id in gone],
            session=session,
        )
        left = {id: into for id, into in merged_into.items() if id not in gone}
        counted_for = {survivor_of(id, merged_into) for id in gone}
        await self._readdress(counted_for, left, gone, session)

    async def _readdress(
        self,
        customers: Collection[str],
        merged_into: Mapping[str, str],
        erased: Collection[str],
        session: AsyncClientSession,
    ) -> None:
        live = await self._books.changing(session, touch=True)
        ledger = self._database[f"ledger_{live.number}"]
        query = {"customer": {"$in": list(customers)}}
        found = await ledger.find(query, session=session).to_list(None)
        before = {one["_id"]: entry_of(one) for one in found}
        ends = {survivor_of(entry.origin, merged_into) for entry in before.values()}
        stand = await standings(self._database, ends, session)
        excluded = {id for id, standing in stand.items() if standing.excluded}
        after = readdress(before.values(), merged_into, live.formula, erased, excluded)
        changed = [entry for entry in after.entries if entry != before[entry.key]]
        await _replace(ledger, changed, session)
        profiles = self._database[f"profiles_{live.number}"]
        sums = ("sums", "acts", "money", "first", "last")
        empty: Document = {"$inc": {"entries": 1}, "$unset": dict.fromkeys(sums, "")}
        for customer in customers:
            await profiles.update_one({"_id": customer}, empty, upsert=True, session=session)
            if customer not in after.changes:
                await profiles.delete_one({"_id": customer}, session=session)
        for customer, change in after.changes.items():
            update = update_of(change) | LOOK_SOON
            await profiles.update_one({"_id": customer}, update, upsert=True, session=session)
        await forget_moments(self._database, erased, session)
        told = {entry.customer for entry in changed if entry.withdraws} - {NOBODY}
        await mark_withdrawals(self._database, told, session)
        await self._books.mark_stale(live, {*customers, *after.changes}, session)
        if live.beside is not None:
            cut = [entry for entry in changed if entry.customer == NOBODY]
            await _replace(self._database[f"ledger_{live.beside}"], cut, session)
            gone = {"_id": {"$in": list(erased)}}
            await self._database[f"profiles_{live.beside}"].delete_many(gone, session=session)


async def _replace(
    ledger: AsyncCollection[Document], entries: Sequence[Entry], session: AsyncClientSession
) -> None:
    if entries:
        await ledger.bulk_write(
            [ReplaceOne({"_id": one.key}, document_of(one), upsert=True) for one in entries],
            ordered=False,
            session=session,
        )
