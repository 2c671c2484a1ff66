"""Memberships and decisions in MongoDB."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from pymongo import DeleteOne, UpdateOne
from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.asynchronous.database import AsyncDatabase

from services.engagement.domain.membership import Decision, Difference, Group, Membership
from shared.storage.mongo import translating_errors

Document = dict[str, Any]
_BY_CUSTOMER = [("customer", 1), ("kind", 1), ("name", 1)]


async def create_indexes(database: AsyncDatabase[Document]) -> None:
    """For the members of a group, for what a customer belongs to, and for decisions."""
    memberships, decisions = database["memberships"], database["circle_decisions"]
    await memberships.create_index([("kind", 1), ("name", 1), ("customer", 1)], unique=True)
    await memberships.create_index(_BY_CUSTOMER)
    await decisions.create_index([("circle", 1), ("origin", 1)], unique=True)
    await decisions.create_index([("customer", 1), ("circle", 1), ("origin", 1)])
    await decisions.create_index("origin")


class MongoMembershipStore:
    """Collections memberships, member_counts (`_id` is `kind/name`) and circle_decisions."""

    def __init__(self, database: AsyncDatabase[Document]) -> None:
        self._database = database
        self._memberships = database["memberships"]
        self._counts = database["member_counts"]
        self._decisions = database["circle_decisions"]

    async def of(self, customers: Sequence[str]) -> Mapping[str, Sequence[Membership]]:
        query = {"customer": {"$in": list(customers)}}
        found: dict[str, list[Membership]] = {}
        with translating_errors():
            async for one in self._memberships.find(query).sort(_BY_CUSTOMER):
                found.setdefault(one["customer"], []).append(_membership(one))
        return found

    async def segments_of(self, customers: Sequence[str]) -> Mapping[str, tuple[str, ...]]:
        query = {"customer": {"$in": list(customers)}, "kind": "segment"}
        covered = {"_id": 0, "customer": 1, "name": 1}
        found: dict[str, tuple[str, ...]] = {}
        with translating_errors():
            async for one in self._memberships.find(query, covered).sort(_BY_CUSTOMER):
                found[one["customer"]] = (*found.get(one["customer"], ()), one["name"])
        return found

    async def members(self, group: Group, after: str, most: int) -> Sequence[Membership]:
        query = {**_group(group), "customer": {"$gt": after}}
        found = self._memberships.find(query).sort("customer", 1).limit(most)
        with translating_errors():
            return [_membership(one) async for one in found]

    async def counts(self) -> Mapping[Group, int]:
        with translating_errors():
            found = await self._counts.find({"members": {"$gt": 0}}).to_list(None)
        return {Group(one["kind"], one["name"]): int(one["members"]) for one in found}

    async def between(self, after: str, until: str | None, most: int) -> Sequence[Membership]:
        found = self._memberships.find(_between(after, until)).sort(_BY_CUSTOMER).limit(most)
        with translating_errors():
            return [_membership(one) async for one in found]

    async def change(self, difference: Difference) -> None:
        by_group: dict[Group, list[UpdateOne | DeleteOne]] = {}
        for group, customer in difference.drop:
            drop = DeleteOne({**_group(group), "customer": customer})
            by_group.setdefault(group, []).append(drop)
        for one in difference.put:
            put = UpdateOne(
                {**_group(one.group), "customer": one.customer},
                {"$set": {"since": one.since, "by": one.by}},
                upsert=True,
            )
            by_group.setdefault(one.group, []).append(put)

        async def transact(session: AsyncClientSession) -> None:
            for group, changes in sorted(by_group.items()):
                done = await self._memberships.bulk_write(changes, ordered=False, session=session)
                if more := done.upserted_count - done.deleted_count:
                    await self._count(group, more, session)

        with translating_errors():
            async with self._database.client.start_session() as session:
                await session.with_transaction(transact)

    async def _count(self, group: Group, more: int, session: AsyncClientSession) -> None:
        counted = {"$inc": {"members": more}, "$setOnInsert": _group(group)}
        await self._counts.update_one(
            {"_id": "/".join(group)}, counted, upsert=True, session=session
        )

    async def retire(self, kept: Collection[Group]) -> None:
        with translating_errors():
            async for one in self._counts.find({}):
                group = Group(one["kind"], one["name"])
                if group not in kept:
                    await self._memberships.delete_many(_group(group))
                    await self._counts.delete_one({"_id": one["_id"]})

    async def decide(self, decisions: Sequence[Decision]) -> None:
        said = [
            {"customer": one.customer, "member": one.member, "time": one.time} for one in decisions
        ]
        newer = [
            {
                "$replaceWith": {
                    "$cond": [
                        {"$lte": [{"$ifNull": ["$time", one["time"]]}, one["time"]]},
                        {"$mergeObjects": ["$$ROOT", {"$literal": one}]},
                        "$$ROOT",
                    ]
                }
            }
            for one in said
        ]
        await self._write(
            UpdateOne(_decided(decision), [change], upsert=True)
            for decision, change in zip(decisions, newer, strict=True)
        )

    async def decisions(self, after: str, until: str | None, most: int) -> Sequence[Decision]:
        order = [("customer", 1), ("circle", 1), ("origin", 1)]
        found = self._decisions.find(_between(after, until)).sort(order).limit(most)
        with translating_errors():
            return [_decision(one) async for one in found]

    async def decisions_told_of(self, ids: Sequence[str]) -> Sequence[Decision]:
        any_of = {"$in": list(ids)}
        found = self._decisions.find({"$or": [{"origin": any_of}, {"customer": any_of}]})
        with translating_errors():
            return [_decision(one) async for one in found]

    async def readdress(self, decisions: Sequence[Decision]) -> None:
        await self._write(
            UpdateOne(_decided(one), {"$set": {"customer": one.customer}}) for one in decisions
        )

    async def _write(self, changes: Iterable[UpdateOne]) -> None:
        if listed := list(changes):
            with translating_errors():
                await self._decisions.bulk_write(listed, ordered=True)

    async def forget(self, customers: Sequence[str]) -> None:
        any_of = {"$in": list(customers)}
        with translating_errors():
            await self._decisions.delete_many({"$or": [{"origin": any_of}, {"customer": any_of}]})
            found = await self._memberships.find({"customer": any_of}).to_list(None)
        memberships = [_membership(one) for one in found]
        await self.change(Difference((), [(one.group, one.customer) for one in memberships]))


def _group(group: Group) -> Document:
    return {"kind": group.kind, "name": group.name}


def _between(after: str, until: str | None) -> Document:
    return {"customer": {"$gt": after} if until is None else {"$gt": after, "$lte": until}}


def _decided(decision: Decision) -> Document:
    return {"circle": decision.circle, "origin": decision.origin}


def _membership(found: Document) -> Membership:
    group = Group(found["kind"], found["name"])
    return Membership(group, found["customer"], found["since"], found["by"])


def _decision(found: Document) -> Decision:
    return Decision(
        found["circle"], found["origin"], found["customer"], found["member"], found["time"]
    )
