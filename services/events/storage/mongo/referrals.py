"""Referrals in MongoDB."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import msgspec
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import DuplicateKeyError

from services.events.domain.referral import Referral, erase_referee
from services.events.ports.referrals import Position, Wanted
from shared.storage.mongo import translating_errors

Document = dict[str, Any]

_DECODE = msgspec.json.Decoder(Referral).decode


async def create_referrals_indexes(database: AsyncDatabase[Document]) -> None:
    """By everything that is asked for."""
    referrals = database["referrals"]
    await referrals.create_index([("opened_at", 1), ("_id", 1)])
    await referrals.create_index([("referrer", 1), ("opened_at", 1), ("_id", 1)])
    await referrals.create_index("referee", sparse=True)
    await referrals.create_index(
        [("opened_at", 1), ("_id", 1)],
        name="flagged",
        partialFilterExpression={"flagged": True},
    )
    await referrals.create_index("due_at", sparse=True)
    await referrals.create_index([("code", 1), ("ip", 1), ("registered_at", 1)])
    await database["referees"].create_index("referral")


class MongoReferrals:
    """One document a referral, and one for each id or alias of a referee."""

    def __init__(self, database: AsyncDatabase[Document]) -> None:
        self._referrals = database["referrals"]
        self._referees = database["referees"]

    async def add(self, referral: Referral) -> Referral:
        with translating_errors():
            try:
                await self._referrals.insert_one({"_id": referral.id, **_document(referral)})
            except DuplicateKeyError:
                return await self.get(referral.id) or referral
        return referral

    async def get(self, referral_id: str) -> Referral | None:
        with translating_errors():
            found = await self._referrals.find_one({"_id": referral_id})
        return None if found is None else _DECODE(found["body"])

    async def change(self, referral: Referral) -> bool:
        document = _document(replace(referral, version=referral.version + 1))
        with translating_errors():
            changed = await self._referrals.replace_one(
                {"_id": referral.id, "version": referral.version}, document
            )
        return changed.matched_count > 0

    async def bind(self, subject: str, referral_id: str) -> str:
        with translating_errors():
            while True:
                try:
                    await self._referees.insert_one({"_id": subject, "referral": referral_id})
                except DuplicateKeyError:
                    found = await self._referees.find_one({"_id": subject})
                    if found is None:
                        continue  # Forgotten in between.
                    return str(found["referral"])
                return referral_id

    async def bound(self, subjects: Collection[str]) -> Mapping[str, Referral]:
        with translating_errors():
            found = self._referees.find({"_id": {"$in": list(subjects)}})
            ids = {one["_id"]: one["referral"] async for one in found}
            if not ids:
                return {}
            documents = self._referrals.find({"_id": {"$in": list(set(ids.values()))}})
            by_id = {one["_id"]: _DECODE(one["body"]) async for one in documents}
        return {subject: by_id[which] for subject, which in ids.items() if which in by_id}

    async def page(self, wanted: Wanted, after: Position | None, limit: int) -> Sequence[Referral]:
        conditions: Document = {}
        if wanted.referrers is not None:
            conditions["referrer"] = {"$in": list(wanted.referrers)}
        if wanted.flagged:
            conditions["flagged"] = True
        if after is not None:
            since, last = after
            conditions["$or"] = [
                {"opened_at": {"$gt": since}},
                {"opened_at": since, "_id": {"$gt": last}},
            ]
        with translating_errors():
            found = self._referrals.find(conditions)
            found = found.sort([("opened_at", 1), ("_id", 1)]).limit(limit)
            return [_DECODE(one["body"]) async for one in found]

    async def due(self, now: datetime, limit: int) -> Sequence[Referral]:
        with translating_errors():
            found = self._referrals.find({"due_at": {"$lte": now}}).sort("due_at", 1).limit(limit)
            return [_DECODE(one["body"]) async for one in found]

    async def claims_from(self, code: str, ip: str, since: datetime) -> int:
        with translating_errors():
            return await self._referrals.count_documents(
                {"code": code, "ip": ip, "registered_at": {"$gt": since}}
            )

    async def forget(self, subjects: Collection[str]) -> None:
        some = {"$in": list(subjects)}
        with translating_errors():
            theirs = [one["_id"] async for one in self._referrals.find({"referrer": some})]
            await self._referees.delete_many({"referral": {"$in": theirs}})
            await self._referrals.delete_many({"_id": {"$in": theirs}})
            bound = [one["referral"] async for one in self._referees.find({"_id": some})]
            cut = self._referrals.find({"$or": [{"referee": some}, {"_id": {"$in": bound}}]})
            for referral_id in [one["_id"] async for one in cut]:
                await self._cut(referral_id)
            await self._referees.delete_many({"_id": some})

    async def _cut(self, referral_id: str) -> None:
        while True:
            referral = await self.get(referral_id)
            if referral is None or await self.change(erase_referee(referral)):
                break
        await self._referees.delete_many({"referral": referral_id})


def _document(referral: Referral) -> Document:
    document: Document = {
        "code": referral.code,
        "referrer": referral.referrer,
        "opened_at": referral.opened_at,
        "flagged": bool(referral.flags),
        "version": referral.version,
        "body": msgspec.json.encode(referral),
    }
    others = {
        "referee": referral.referee,
        "registered_at": referral.registered_at,
        "ip": referral.ip,
        "due_at": referral.due_at,
    }
    return document | {name: value for name, value in others.items() if value is not None}
