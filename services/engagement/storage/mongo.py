"""Scores in MongoDB. One transaction a batch: position, ledger, profiles."""

import hashlib
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from bson.decimal128 import Decimal128
from pymongo import UpdateOne
from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import DuplicateKeyError

from services.engagement.domain.act import Act, Money
from services.engagement.domain.formula import Formula
from services.engagement.domain.ledger import Change, Entry, changes
from services.engagement.domain.profile import Profile
from services.engagement.domain.scoring import Known
from services.engagement.ports import Advance, MoneyTotal, Totals
from shared.errors import Conflict
from shared.storage.mongo import translating_errors

Document = dict[str, Any]


async def _create_indexes(database: AsyncDatabase[Document]) -> None:
    await database["ledger"].create_index([("customer", 1), ("dimension", 1), ("heft", -1)])
    await database["ledger"].create_index("order", sparse=True)


MIGRATIONS = (_create_indexes,)

_LARGE = 10**13


class MongoScoreStore:
    """Collections: positions, ledger (append-only), profiles, erased."""

    def __init__(self, database: AsyncDatabase[Document], formula: Formula) -> None:
        self._database = database
        self._formula = formula

    async def position(self, topic: str, partition: int) -> int | None:
        with translating_errors():
            found = await self._database["positions"].find_one({"_id": f"{topic}/{partition}"})
        return None if found is None else int(found["next"])

    async def apply(
        self, advance: Advance, acts: Sequence[Act], decide: Callable[[Known], Sequence[Entry]]
    ) -> Sequence[Entry]:
        async def transact(session: AsyncClientSession) -> list[Entry]:
            await self._advance(advance, session)
            if not acts:
                return []
            known = await self._known(acts, session)
            entries = decide(known)
            await self._write(entries, session)
            return [*known.entries.values(), *entries]

        with translating_errors():
            async with self._database.client.start_session() as session:
                return await session.with_transaction(transact)

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

    async def _known(self, acts: Sequence[Act], session: AsyncClientSession) -> Known:
        ledger = self._database["ledger"]
        keys = [act.key for act in acts]
        entries = await ledger.find({"_id": {"$in": keys}}, session=session).to_list(None)
        orders = list({act.order_key for act in acts if act.order_key is not None})
        of_orders = (
            await ledger.find({"order": {"$in": orders}}, session=session).to_list(None)
            if orders
            else []
        )
        hashes = {_hash(customer): customer for customer in {act.customer for act in acts}}
        erased = (
            await self._database["erased"]
            .find({"_id": {"$in": list(hashes)}, "back": False}, session=session)
            .to_list(None)
        )
        return Known(
            entries={found["_id"]: _entry(found) for found in entries},
            order_entries=[_entry(found) for found in of_orders],
            erased=frozenset(hashes[found["_id"]] for found in erased),
        )

    async def _write(self, entries: Sequence[Entry], session: AsyncClientSession) -> None:
        if not entries:
            return
        await self._database["ledger"].insert_many(
            [self._document(entry) for entry in entries], ordered=False, session=session
        )
        await self._database["profiles"].bulk_write(
            [
                UpdateOne({"_id": customer}, _update(change), upsert=True)
                for customer, change in changes(entries, self._formula).items()
            ],
            ordered=False,
            session=session,
        )

    def _document(self, entry: Entry) -> Document:
        document: Document = {
            "_id": entry.key,
            "customer": entry.customer,
            "kind": entry.kind,
            "time": entry.time,
            "dimension": entry.dimension,
            "points": entry.points,
            "formula": entry.formula,
            "heft": entry.heft(self._formula),
        }
        if entry.counts_from != entry.time:
            document["counts_from"] = entry.counts_from
        if entry.order is not None:
            document["order"] = entry.order
        if entry.money is not None:
            document["units"] = entry.money.units
            document["currency"] = entry.money.currency
        if entry.note is not None:
            document["note"] = entry.note
        return document

    async def profiles(self, customers: Sequence[str]) -> Mapping[str, Profile]:
        with translating_errors():
            found = (
                await self._database["profiles"]
                .find({"_id": {"$in": list(customers)}})
                .to_list(None)
            )
        return {document["_id"]: _profile(document) for document in found}

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
        with translating_errors():
            async for group in await self._database["ledger"].aggregate(pipeline):
                entries = result.setdefault(group["_id"]["customer"], [])
                entries.extend(_entry(document) for document in group["top"])
        return result

    async def totals(self) -> Totals:
        with translating_errors():
            customers = await self._database["profiles"].count_documents({})
            acts = await self._sum_by("acts", {"n": {"$sum": "$item.v"}})
            money = await self._sum_by(
                "money",
                {"gross": {"$sum": "$item.v.gross"}, "refunded": {"$sum": "$item.v.refunded"}},
            )
        return Totals(
            customers,
            {found["_id"]: int(found["n"]) for found in acts},
            [
                MoneyTotal(found["_id"], _whole(found["gross"]), _whole(found["refunded"]))
                for found in money
            ],
        )

    async def _sum_by(self, member: str, sums: Document) -> list[Document]:
        pipeline: list[Document] = [
            {"$project": {"item": {"$objectToArray": f"${member}"}}},
            {"$unwind": "$item"},
            {"$group": {"_id": "$item.k", **sums}},
            {"$sort": {"_id": 1}},
        ]
        return await (await self._database["profiles"].aggregate(pipeline)).to_list(None)

    async def pin(self, basis: Mapping[str, str]) -> Mapping[str, str]:
        kept = self._database["basis"]
        with translating_errors():
            for dimension, made_with in basis.items():
                await kept.update_one(
                    {"_id": dimension}, {"$setOnInsert": {"made_with": made_with}}, upsert=True
                )
            return {found["_id"]: found["made_with"] async for found in kept.find({})}

    async def erase(self, customer: str, request: str) -> None:
        async def transact(session: AsyncClientSession) -> None:
            erased, person = self._database["erased"], {"_id": _hash(customer)}
            before = await erased.find_one(person, session=session)
            if before is not None and before["request"] == request:
                return
            await erased.replace_one(
                person, {"request": request, "back": False}, upsert=True, session=session
            )
            # A batch that holds the customer's first act, and began before, conflicts with a
            # profile that was written, even if it is gone again.
            profiles = self._database["profiles"]
            await profiles.update_one(
                {"_id": customer}, {"$set": {"first": 0}}, upsert=True, session=session
            )
            await profiles.delete_one({"_id": customer}, session=session)
            await self._database["ledger"].update_many(
                {"customer": customer},
                {"$set": {"customer": ""}, "$unset": {"order": ""}},
                session=session,
            )

        with translating_errors():
            async with self._database.client.start_session() as session:
                await session.with_transaction(transact)

    async def welcome(self, customers: Collection[str]) -> None:
        hashes = [_hash(customer) for customer in customers]
        with translating_errors():
            await self._database["erased"].update_many(
                {"_id": {"$in": hashes}}, {"$set": {"back": True}}
            )

    async def ping(self) -> None:
        with translating_errors():
            await self._database.command("ping")


def _hash(customer: str) -> str:
    return hashlib.sha256(customer.encode()).hexdigest()


def _update(change: Change) -> Document:
    increments: Document = {f"sums.{name}": total for name, total in change.sums.items()}
    increments |= {f"acts.{kind}": count for kind, count in change.acts.items()}
    for currency, (gross, refunded) in change.money.items():
        increments[f"money.{currency}.gross"] = _sum(gross)
        increments[f"money.{currency}.refunded"] = _sum(refunded)
    return {
        "$inc": increments,
        "$min": {"first": change.first},
        "$max": {"last": change.last},
    }


def _sum(units: int) -> int | Decimal128:
    # A sum that overflowed its 64 bits would fail the same batch for ever. What a large amount has
    # been added to stays a decimal; that takes long, so small ones are integers.
    return units if units < _LARGE else Decimal128(str(units))


def _whole(units: int | Decimal128) -> int:
    return int(units.to_decimal() if isinstance(units, Decimal128) else units)


def _entry(found: Document) -> Entry:
    units = found.get("units")
    return Entry(
        key=found["_id"],
        customer=found["customer"],
        kind=found["kind"],
        time=found["time"],
        dimension=found["dimension"],
        points=found["points"],
        counts_from=found["counts_from"] if "counts_from" in found else found["time"],
        formula=found["formula"],
        order=found.get("order"),
        money=None if units is None else Money(units, found["currency"]),
        note=found.get("note"),
    )


def _profile(found: Document) -> Profile:
    return Profile(
        customer=found["_id"],
        sums=found.get("sums", {}),
        acts=found.get("acts", {}),
        money={
            currency: (_whole(total["gross"]), _whole(total["refunded"]))
            for currency, total in found.get("money", {}).items()
        },
        first=found["first"],
        last=found["last"],
    )
