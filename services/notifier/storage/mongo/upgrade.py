"""From one mail a purchase to every purpose and channel: version 2 of the database to version 3.

Some thousands of documents at a time, so that no operation lasts long, and each only once, so that
it can be begun again. What was agreed to before has no time and no source. What was sent before
takes attention as well.
"""

from collections.abc import AsyncIterator

import pymongo
from pymongo import UpdateOne
from pymongo.asynchronous.collection import AsyncCollection

from services.notifier.domain.attention import LONGEST, Charge
from services.notifier.domain.consent import Consent
from services.notifier.domain.customer import Record
from services.notifier.storage import fields
from services.notifier.storage.mongo.documents import with_plain_integers
from shared.storage.mongo import Database, Document

_AT_ONCE = 2000
_INDEX_SECONDS = 50
_OLD_MEMBERS = ("revision", "name", "email", "locale", "thanks", "surveys")
_LONGEST_MS = round(LONGEST.total_seconds() * 1000)

_DECISION: list[Document] = [
    {
        "$set": {
            "arrived_at": "$decided_at",
            "purpose": {"$cond": [{"$gt": ["$rule", None]}, "thanks", "$$REMOVE"]},
            "channel": {"$cond": [{"$gt": ["$message_id", None]}, "email", "$$REMOVE"]},
        }
    }
]
_SINCE: list[Document] = [
    {
        "$lookup": {
            "from": "decisions",
            "localField": "decision_id",
            "foreignField": "_id",
            "as": "about",
        }
    },
    {
        "$project": {
            "purpose": {"$literal": "thanks"},
            "since": {"$ifNull": [{"$first": "$about.time"}, "$created_at"]},
        }
    },
    {"$merge": {"into": "messages", "whenMatched": "merge", "whenNotMatched": "discard"}},
]


async def every_purpose(database: Database) -> None:
    """Keep all that there was, as documents have it from now on."""
    database = with_plain_integers(database)
    with pymongo.timeout(_INDEX_SECONDS):
        await _exchange_indexes(database)
    customers, decisions, messages = (database[n] for n in ("customers", "decisions", "messages"))
    async for ids in _stretches(customers):
        old = await customers.find({"_id": ids, "revision": {"$exists": True}}).to_list(None)
        if old:
            await customers.bulk_write([_upgraded(one) for one in old], ordered=False)
    async for ids in _stretches(decisions):
        await decisions.update_many({"_id": ids, "arrived_at": {"$exists": False}}, _DECISION)
    async for ids in _stretches(messages):
        old_ones: Document = {"$match": {"_id": ids, "since": {"$exists": False}}}
        await messages.aggregate([old_ones, *_SINCE])
    await _charge(database)


async def _stretches(collection: AsyncCollection[Document]) -> AsyncIterator[Document]:
    """Conditions on ids, of which each finds some documents, and all find every one."""
    after: Document = {"$gt": ""}
    while True:
        found = collection.find({"_id": after}, {"_id": 1}).sort("_id", 1).limit(_AT_ONCE)
        ids = [document["_id"] for document in await found.to_list(None)]
        if not ids:
            return
        yield {"$gte": ids[0], "$lte": ids[-1]}
        after = {"$gt": ids[-1]}


def _upgraded(old: Document) -> UpdateOne:
    record = Record(
        revision=old["revision"],
        name=old.get("name"),
        email=old.get("email"),
        locale=old.get("locale"),
    )
    consents = tuple(
        Consent(purpose=purpose, channel="email", state=old[name], time=0)
        for purpose, name in (("survey", "surveys"), ("thanks", "thanks"))
        if old.get(name)
    )
    parts = {"record": fields.RECORD.write(record)}
    if consents:
        parts["consents"] = fields.CONSENTS.write(consents)
    same = {"_id": old["_id"], "revision": old["revision"]}
    return UpdateOne(same, {"$set": parts, "$unset": dict.fromkeys(_OLD_MEMBERS, "")})


async def _charge(database: Database) -> None:
    messages = database["messages"]
    newest = await messages.find_one({}, {"created_at": 1}, sort=[("created_at", -1)])
    if newest is None:
        return
    took_attention: Document = {
        "customer": {"$gt": ""},
        "status": {"$in": ["sending", "sent", "unknown"]},
        "created_at": {"$gt": newest["created_at"] - _LONGEST_MS},
    }
    found = messages.find(took_attention, {"customer": 1, "created_at": 1, "finished_at": 1}).sort(
        [("customer", 1), ("created_at", -1)]
    )
    charges: dict[str, list[Charge]] = {}
    async for one in found:
        if one["customer"] not in charges and len(charges) == _AT_ONCE:
            await _keep(database, charges)
            charges = {}
        at = one.get("finished_at") or one["created_at"]
        charge = Charge(one["_id"], at, "thanks")
        charges.setdefault(one["customer"], []).append(charge)
    await _keep(database, charges)


async def _keep(database: Database, charges: dict[str, list[Charge]]) -> None:
    steps = []
    for customer, several in charges.items():
        text = fields.CHARGES.write(tuple(sorted(several, key=lambda one: (one.at, one.message))))
        standing: Document = {"charges": {"$ifNull": ["$charges", {"$literal": text}]}}
        steps.append(
            UpdateOne({"_id": fields.customer_key(customer)}, [{"$set": standing}], upsert=True)
        )
    if steps:
        await database["customers"].bulk_write(steps, ordered=False)


async def _exchange_indexes(database: Database) -> None:
    decisions, messages = database["decisions"], database["messages"]
    for collection, name in ((decisions, "held"), (decisions, "due_1"), (messages, "due_1")):
        if name in await collection.index_information():
            await collection.drop_index(name)
    await decisions.create_index(
        [("customer", 1), ("time", 1), ("_id", 1)],
        name="held_in_order",
        partialFilterExpression={"verdict": "held"},
    )
    has_due = {"due": {"$exists": True}}
    await decisions.create_index([("due", 1), ("customer", 1)], partialFilterExpression=has_due)
    await decisions.create_index("message_id", sparse=True)
    await decisions.create_index(
        [("verdict", 1), ("time", 1), ("_id", 1)], partialFilterExpression={"purpose": "thanks"}
    )
    await messages.create_index([("channel", 1), ("due", 1)], partialFilterExpression=has_due)
    await messages.create_index("due", name="erased", partialFilterExpression={"status": "erased"})
    await messages.create_index(
        [("order_id", 1), ("channel", 1), ("created_at", -1), ("_id", -1)],
        partialFilterExpression={"order_id": {"$exists": True}},
    )
    await database["customers"].create_index("addresses", sparse=True)
    await database["untold"].create_index("customer")
    await database["suppressions"].create_index([("since", -1), ("_id", -1)])
