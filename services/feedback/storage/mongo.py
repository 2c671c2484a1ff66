"""Responses and cases in MongoDB."""

import hashlib
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any, TypeVar

from pymongo import UpdateOne
from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.asynchronous.database import AsyncDatabase

from services.feedback.domain.announcement import Announcement
from services.feedback.domain.case import CUSTOMER_ERASED, Case, Closing
from services.feedback.domain.invitation import Invitation
from services.feedback.domain.response import Response
from services.feedback.domain.results import Tally
from services.feedback.ports import Kept, Page, Person, Visit
from services.feedback.storage import documents
from shared.merging import family_of, survivor_of
from shared.storage.mongo import translating_errors
from shared.storage.redirects import find_redirects, mongo_migration

Document = dict[str, Any]
T = TypeVar("T")


async def _create_indexes(database: AsyncDatabase[Document]) -> None:
    await database["invitations"].create_index("customer")
    await database["invitations"].create_index("survey")
    await database["responses"].create_index([("time", -1), ("_id", -1)])
    await database["responses"].create_index([("customer", 1), ("time", -1), ("_id", -1)])
    await database["responses"].create_index([("survey", 1), ("value", 1)])
    await database["cases"].create_index([("opened", -1), ("_id", -1)])
    await database["cases"].create_index([("customer", 1), ("opened", -1), ("_id", -1)])
    await database["outbox"].create_index("id", unique=True)
    await database["outbox"].create_index("customer")


MIGRATIONS = (_create_indexes, mongo_migration)


class MongoFeedbackStore:
    """Collections: customers (by hash), invitations, responses, cases, outbox.

    An erased customer's documents stay, with "" for the customer. Whatever keeps something of a
    customer also writes to that customer's document, so that it conflicts with an erasure that
    goes on at the same time and is tried again after it.
    """

    def __init__(self, database: AsyncDatabase[Document]) -> None:
        self._database = database

    async def invite(self, invitations: Sequence[Invitation]) -> None:
        async def transact(session: AsyncClientSession) -> None:
            erased = await self._claim({one.customer for one in invitations}, session)
            for invitation in invitations:
                if invitation.customer not in erased:
                    await self._invite(invitation, session)

        if invitations:
            await self._transact(transact)

    async def visit(self, invitation: Invitation) -> Visit:
        customers = self._database["customers"]
        with translating_errors():
            redirects = await find_redirects(self._database["customers"], [invitation.customer])
            survivor = survivor_of(invitation.customer, redirects)
            own = await customers.find_one({"_id": _hash(invitation.customer)}) or {}
            standing = await customers.find_one({"_id": _hash(survivor)}) or {}
            answered = await self._is_answered(
                invitation, family_of(invitation.customer, redirects)
            )
        return Visit(standing.get("locale"), own.get("erased", False), answered)

    async def answer(
        self,
        invitation: Invitation,
        response: Response,
        case: Case | None,
        announcements: Sequence[Announcement],
    ) -> Kept:
        async def transact(session: AsyncClientSession) -> Kept:
            family = await self._family(response.customer, session)
            if response.customer in await self._claim(family, session):
                return "erased"
            if await self._is_answered(invitation, family, session):
                return "answered"
            await self._invite(invitation, session)
            await self._database["responses"].insert_one(
                documents.write_response(response), session=session
            )
            if case is not None:
                await self._database["cases"].insert_one(
                    documents.write_case(case), session=session
                )
            await self._put_out(announcements, session)
            return "kept"

        return await self._transact(transact)

    async def tally(self, survey: str) -> Tally:
        counting: list[Document] = [
            {"$match": {"survey": survey}},
            {"$group": {"_id": "$value", "count": {"$sum": 1}}},
        ]
        with translating_errors():
            invitations = await self._database["invitations"].count_documents({"survey": survey})
            groups = await (await self._database["responses"].aggregate(counting)).to_list(None)
        return Tally(invitations, {group["_id"]: group["count"] for group in groups})

    async def responses(
        self, customer: str | None, survey: str | None, page: Page
    ) -> Sequence[Response]:
        wanted = {"survey": survey}
        found = await self._page("responses", "time", customer, wanted, page)
        return [documents.read_response(one) for one in found]

    async def open_case(self, case: Case, announcement: Announcement) -> bool:
        async def transact(session: AsyncClientSession) -> bool:
            cases = self._database["cases"]
            if await self._claim({case.customer}, session):
                return False
            if await cases.find_one({"_id": case.id}, {"_id": 1}, session=session):
                return False
            await cases.insert_one(documents.write_case(case), session=session)
            await self._put_out([announcement], session)
            return True

        return await self._transact(transact)

    async def close_case(
        self, case_id: str, closing: Closing, announcement: Announcement
    ) -> Case | None:
        async def transact(session: AsyncClientSession) -> Case | None:
            cases = self._database["cases"]
            closed = await cases.update_one(
                {"_id": case_id, "closing": None},
                {"$set": {"closing": documents.write_closing(closing)}},
                session=session,
            )
            if closed.modified_count:
                await self._put_out([announcement], session)
            found = await cases.find_one({"_id": case_id}, session=session)
            return None if found is None else documents.read_case(found)

        return await self._transact(transact)

    async def case(self, case_id: str) -> Case | None:
        with translating_errors():
            found = await self._database["cases"].find_one({"_id": case_id})
        return None if found is None else documents.read_case(found)

    async def cases(self, customer: str | None, is_open: bool | None, page: Page) -> Sequence[Case]:
        state = None if is_open is None else {"$eq" if is_open else "$ne": None}
        found = await self._page("cases", "opened", customer, {"closing": state}, page)
        return [documents.read_case(one) for one in found]

    async def remember(self, people: Mapping[str, Person]) -> None:
        updates = [
            UpdateOne({"_id": _hash(customer)}, _unless_older(customer, person), upsert=True)
            for customer, person in people.items()
        ]
        if updates:
            with translating_errors():
                await self._database["customers"].bulk_write(updates, ordered=False)

    async def survivors(self, customers: Collection[str]) -> Mapping[str, str]:
        with translating_errors():
            redirects = await find_redirects(self._database["customers"], customers)
        return {customer: survivor_of(customer, redirects) for customer in customers}

    async def erase(self, customer: str, time: int) -> None:
        async def transact(session: AsyncClientSession) -> None:
            await self._database["customers"].replace_one(
                {"_id": _hash(customer)}, {"erased": True}, upsert=True, session=session
            )
            await self._database["outbox"].delete_many({"customer": customer}, session=session)
            await self._database["cases"].update_many(
                {"customer": customer, "closing": None},
                {"$set": {"closing": documents.write_closing(Closing(time, CUSTOMER_ERASED))}},
                session=session,
            )
            for collection, emptied in (
                ("cases", {"said": "", "act": None, "closing.note": ""}),
                ("responses", {"comment": "", "message_id": None, "act": None}),
                ("invitations", {"message_id": None, "act": None}),
            ):
                await self._database[collection].update_many(
                    {"customer": customer}, {"$set": {"customer": "", **emptied}}, session=session
                )

        await self._transact(transact)

    async def pending(self, limit: int) -> Sequence[Announcement]:
        with translating_errors():
            found = self._database["outbox"].find({}, {"_id": 0}).sort("_id", 1)
            return [Announcement(**document) async for document in found.limit(limit)]

    async def announced(self, ids: Sequence[str]) -> None:
        with translating_errors():
            await self._database["outbox"].delete_many({"id": {"$in": list(ids)}})

    async def ping(self) -> None:
        with translating_errors():
            await self._database.command("ping")

    async def _transact(self, work: Callable[[AsyncClientSession], Awaitable[T]]) -> T:
        with translating_errors():
            async with self._database.client.start_session() as session:
                return await session.with_transaction(work)

    async def _claim(self, customers: Iterable[str], session: AsyncClientSession) -> set[str]:
        """Write to the customers' documents; those of them that are erased."""
        hashes = {_hash(customer): customer for customer in customers}
        collection = self._database["customers"]
        await collection.bulk_write(
            [UpdateOne({"_id": one}, {"$inc": {"claims": 1}}, upsert=True) for one in hashes],
            session=session,
        )
        erased = collection.find({"_id": {"$in": list(hashes)}, "erased": True}, session=session)
        return {hashes[document["_id"]] async for document in erased}

    async def _family(
        self, customer: str, session: AsyncClientSession | None = None
    ) -> frozenset[str]:
        customers = self._database["customers"]
        return family_of(customer, await find_redirects(customers, [customer], session))

    async def _is_answered(
        self,
        invitation: Invitation,
        family: Iterable[str],
        session: AsyncClientSession | None = None,
    ) -> bool:
        wanted = {"_id": {"$in": invitation.ids_for(family)}}
        found = await self._database["responses"].find_one(wanted, {"_id": 1}, session=session)
        return found is not None

    async def _invite(self, invitation: Invitation, session: AsyncClientSession) -> None:
        await self._database["invitations"].update_one(
            {"_id": invitation.id},
            {"$setOnInsert": documents.write_invitation(invitation)},
            upsert=True,
            session=session,
        )

    async def _put_out(
        self, announcements: Sequence[Announcement], session: AsyncClientSession
    ) -> None:
        await self._database["outbox"].insert_many(
            [asdict(one) for one in announcements],
            session=session,
        )

    async def _page(
        self, collection: str, by: str, customer: str | None, wanted: Document, page: Page
    ) -> list[Document]:
        query = {name: value for name, value in wanted.items() if value is not None}
        if page.after is not None:
            time, last = page.after
            query["$or"] = [{by: {"$lt": time}}, {by: time, "_id": {"$lt": last}}]
        with translating_errors():
            if customer is not None:
                query["customer"] = {"$in": [*await self._family(customer)]}
            found = self._database[collection].find(query).sort([(by, -1), ("_id", -1)])
            return await found.limit(page.limit).to_list(None)


def _hash(customer: str) -> str:
    return hashlib.sha256(customer.encode()).hexdigest()


def _unless_older(customer: str, person: Person) -> list[Document]:
    is_newer = {"$lte": [{"$ifNull": ["$revision", person.revision]}, person.revision]}
    # The id in plain only of those who were merged.
    plain = {"erased": False, "customer": customer if person.merged_into else None}
    merged = {"$mergeObjects": ["$$ROOT", {"$literal": asdict(person) | plain}]}
    return [{"$replaceWith": {"$cond": [is_newer, merged, "$$ROOT"]}}]
