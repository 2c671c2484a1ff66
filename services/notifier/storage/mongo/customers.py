"""Customers in MongoDB."""

from collections.abc import Collection, Mapping, Sequence

from pymongo import UpdateOne

from services.notifier.domain.customer import Customer
from services.notifier.ports import CaseChange
from services.notifier.storage import fields
from services.notifier.storage.mongo import documents
from shared.merging import survivor_of
from shared.storage.mongo import Database, Document, ping, translating_errors
from shared.storage.redirects import find_redirects


class MongoCustomers:
    """Collection customers, by hash; `cases` are the open ones."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def customers(self, ids: Sequence[str]) -> Mapping[str, Customer]:
        with translating_errors():
            return await documents.customers(self._database, ids)

    async def survivors(self, ids: Collection[str]) -> Mapping[str, str]:
        with translating_errors():
            redirects = await find_redirects(self._database["customers"], ids)
        return {id: survivor_of(id, redirects) for id in ids}

    async def put(self, customers: Sequence[Customer]) -> None:
        with translating_errors():
            await self._database["customers"].bulk_write(
                [_put(customer) for customer in customers], ordered=False
            )

    async def change_cases(self, changes: Sequence[CaseChange]) -> None:
        with translating_errors():
            await self._database["customers"].bulk_write(
                [
                    UpdateOne(
                        {"_id": fields.customer_key(change.customer)},
                        {("$addToSet" if change.is_open else "$pull"): {"cases": change.case_id}},
                        upsert=change.is_open,
                    )
                    for change in changes
                ]
            )

    async def erase(self, customer: str) -> None:
        key = fields.customer_key(customer)
        with translating_errors():
            # No transaction: the mark must be seen by others before the rest is looked for, so
            # that whoever writes in between either is found here or finds the mark.
            await self._database["customers"].replace_one(
                {"_id": key}, {"erased": True}, upsert=True
            )
            await self._database["customers"].update_many(
                {"was_merged_into": customer}, {"$unset": {"was_merged_into": ""}}
            )
            await self._database["messages"].update_many({"customer": customer}, _ERASED_MESSAGE)
            await self._database["decisions"].update_many({"customer": customer}, _ERASED_DECISION)

    async def ping(self) -> None:
        await ping(self._database)


def _put(customer: Customer) -> UpdateOne:
    values = documents.to_document(fields.customer_fields(customer))
    # The address and so on are no expressions, whatever they begin with.
    newer = {
        "$mergeObjects": [
            {
                "_id": "$_id",
                "cases": {"$ifNull": ["$cases", []]},
                "was_merged_into": {"$ifNull": ["$merged_into", "$was_merged_into", "$$REMOVE"]},
            },
            {"$literal": values},
        ]
    }
    stands = {"$gte": [{"$ifNull": ["$revision", -1]}, customer.revision]}
    return UpdateOne(
        {"_id": fields.customer_key(customer.id)},
        [{"$replaceWith": {"$cond": [stands, "$$ROOT", newer]}}],
        upsert=True,
    )


# One that is being sent stays with its sender until the lease ends.
_ERASED_MESSAGE: list[Document] = [
    {
        "$set": {
            "customer": "",
            "announced": True,
            "due": {"$cond": [{"$eq": ["$status", "sending"]}, "$due", 0]},
            "status": "erased",
        }
    },
    {"$unset": ["subject", "body", "trace"]},
]
_ERASED_DECISION: list[Document] = [
    {
        "$set": {
            "customer": "",
            "announced": True,
            "revision": {"$add": ["$revision", 1]},
            "reason": {"$cond": [{"$eq": ["$verdict", "held"]}, "erased", "$reason"]},
            "verdict": {"$cond": [{"$eq": ["$verdict", "held"]}, "suppressed", "$verdict"]},
        }
    },
    {"$unset": ["data", "trace", "due"]},
]
