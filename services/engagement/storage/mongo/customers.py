"""Whom acts count for, in MongoDB: redirects and erasures, and the scores that follow them."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from typing import Any

from pymongo import ReplaceOne, UpdateOne
from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.asynchronous.database import AsyncDatabase

from services.engagement.domain.customer import CustomerRecord, leading_to, redirected, touched
from services.engagement.domain.formula import Formula
from services.engagement.domain.merging import readdress, tally
from services.engagement.storage.mongo.documents import document_of, entry_of, update_of
from services.engagement.storage.mongo.standings import mark_withdrawals, standings
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

    def __init__(self, database: AsyncDatabase[Document], formula: Formula) -> None:
        self._database = database
        self._formula = formula
        self._customers = database["customers"]

    async def keep(self, records: Sequence[CustomerRecord]) -> None:
        for record in await self._news(records):

            async def transact(
                session: AsyncClientSession, record: CustomerRecord = record
            ) -> None:
                await self._keep(record, session)

            await self._transact(transact)

    async def _transact(self, work: Callable[[AsyncClientSession], Awaitable[None]]) -> None:
        with translating_errors():
            async with self._database.client.start_session() as session:
                await session.with_transaction(work)

    async def _news(self, records: Sequence[CustomerRecord]) -> list[CustomerRecord]:
        """Records that may change something, which are few: the others need no transaction."""
        hashes = [customer_hash(record.customer) for record in records]
        with translating_errors():
            found = await self._customers.find({"_id": {"$in": hashes}}).to_list(None)
        known = {one["_id"] for one in found}
        merged = {record.customer for record in records if record.merged_into is not None}
        return [
            record
            for record, key in zip(records, hashes, strict=True)
            if key in known or record.customer in merged
        ]

    async def _keep(self, record: CustomerRecord, session: AsyncClientSession) -> None:
        person = {"_id": customer_hash(record.customer)}
        known = await self._customers.find_one(person, session=session)
        if known is None and record.merged_into is None:
            return
        if known is not None and known.get("revision", -1) >= record.revision:
            return
        ends = {record.customer, record.merged_into or record.customer}
        before = await find_redirects(self._customers, ends, session)
        after = redirected(record, before)
        survivor = survivor_of(record.customer, after)
        standing = (await standings(self._database, [survivor], session)).get(survivor)
        into = after.get(record.customer)
        redirect = {"customer": record.customer, "merged_into": into}
        update: Document = {"$set": {"revision": record.revision, "erased": False}}
        if into is None:
            update["$unset"] = redirect
        else:
            update["$set"] |= redirect
        await self._customers.update_one(person, update, upsert=True, session=session)
        if into is not None and survivor != record.customer and standing and standing.erased:
            await self._forget(record.customer, before, session)
        elif moved := touched(before, after):
            await self._readdress(moved, after, (), session)

    async def erase(self, customer: str, request: str) -> None:
        async def transact(session: AsyncClientSession) -> None:
            person = {"_id": customer_hash(customer)}
            known = await self._customers.find_one(person, session=session)
            if known is not None and known.get("request") == request:
                return
            marked = {"$set": {"request": request}}
            await self._customers.update_one(person, marked, upsert=True, session=session)
            redirects = await find_redirects(self._customers, [customer], session)
            await self._forget(customer, redirects, session)

        await self._transact(transact)

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
        ledger = self._database["ledger"]
        query = {"customer": {"$in": list(customers)}}
        found = await ledger.find(query, session=session).to_list(None)
        before = [entry_of(one) for one in found]
        after = readdress(before, merged_into, self._formula, erased)
        changed = [new for old, new in zip(before, after, strict=True) if new != old]
        if changed:
            await ledger.bulk_write(
                [ReplaceOne({"_id": entry.key}, document_of(entry)) for entry in changed],
                ordered=False,
                session=session,
            )
        profiles = self._database["profiles"]
        touch: Document = {"$inc": {"entries": 1}}
        for customer in customers:
            await profiles.update_one({"_id": customer}, touch, upsert=True, session=session)
            await profiles.delete_one({"_id": customer}, session=session)
        for customer, change in tally(after, self._formula).items():
            await profiles.update_one(
                {"_id": customer}, update_of(change), upsert=True, session=session
            )
        told = {entry.customer for entry in changed if entry.withdraws} - {""}
        await mark_withdrawals(self._database, told, session)
