"""Responses and cases in MongoDB."""

import hashlib
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
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
from shared.storage.mongo import translating_errors

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


MIGRATIONS = (_create_indexes,)


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
        only_id = {"_id": 1}
        with translating_errors():
            customer = await self._database["customers"].find_one(
                {"_id": _hash(invitation.customer)}
            )
            answer = await self._database["responses"].find_one({"_id": invitation.id}, only_id)
        known = customer or {}
        return Visit(known.get("locale"), known.get("erased", False), answer is not None)

    async def answer(
        self,
        invitation: Invitation,
        response: Response,
        case: Case | None,
        announcements: Sequence[Announcement],
    ) -> Kept:
        async def transact(session: AsyncClientSession) -> Kept:
            if await self._claim({response.customer}, session):
                return "erased"
            responses = self._database["responses"]
            if await responses.find_one({"_id": response.id}, {"_id": 1}, session=session):
                return "answered"
            await self._invite(invitation, session)
            await responses.insert_one(documents.write_response(response), session=session)
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
        wanted = {"customer": customer, "survey": survey}
        return [
            documents.read_response(one)
            for one in await self._page("responses", "time", wanted, page)
        ]

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
        wanted = {"customer": customer, "closing": state}
        return [
            documents.read_case(one) for one in await self._page("cases", "opened", wanted, page)
        ]

    async def remember(self, people: Mapping[str, Person]) -> None:
        updates = [
            UpdateOne({"_id": _hash(customer)}, _unless_older(person), upsert=True)
            for customer, person in people.items()
        ]
        if updates:
            with translating_errors():
                await self._database["customers"].bulk_write(updates, ordered=False)

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

    async def _page(self, collection: str, by: str, wanted: Document, page: Page) -> list[Document]:
        query = {name: value for name, value in wanted.items() if value is not None}
        if page.after is not None:
            time, last = page.after
            query["$or"] = [{by: {"$lt": time}}, {by: time, "_id": {"$lt": last}}]
        with translating_errors():
            found = self._database[collection].find(query).sort([(by, -1), ("_id", -1)])
            return await found.limit(page.limit).to_list(None)


def _hash(customer: str) -> str:
    return hashlib.sha256(customer.encode()).hexdigest()


def _unless_older(person: Person) -> list[Document]:
    is_newer = {"$lte": [{"$ifNull": ["$revision", person.revision]}, person.revision]}
    merged = {"$mergeObjects": ["$$ROOT", {"$literal": asdict(person) | {"erased": False}}]}
    return [{"$replaceWith": {"$cond": [is_newer, merged, "$$ROOT"]}}]
