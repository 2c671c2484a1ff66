"""Customers in MongoDB."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

import msgspec
from pymongo import ReturnDocument
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import DuplicateKeyError

from services.events.domain.customer import Details, revise
from shared.clock import epoch_ms
from shared.contracts.customers import Customer
from shared.storage.mongo import translating_errors

Document = dict[str, Any]


class MongoCustomers:
    """One document a customer."""

    def __init__(self, database: AsyncDatabase[Document]) -> None:
        self._database = database

    async def save(
        self, customer_id: str, details: Details, now: datetime
    ) -> tuple[Customer, bool]:
        customers = self._database["customers"]
        with translating_errors():
            while True:
                found = await customers.find_one({"_id": customer_id})
                previous = None if found is None else int(found["revision"])
                customer = revise(details, previous, epoch_ms(now) * 1000)
                document = msgspec.to_builtins(customer)
                try:
                    if found is None:
                        await customers.insert_one({"_id": customer_id, **document})
                        return customer, True
                    won = await customers.find_one_and_replace(
                        {"_id": customer_id, "revision": previous},
                        document,
                        return_document=ReturnDocument.AFTER,
                    )
                except DuplicateKeyError:
                    continue
                if won is not None:
                    return customer, False

    async def get_customer(self, customer_id: str) -> Customer | None:
        with translating_errors():
            found = await self._database["customers"].find_one({"_id": customer_id}, {"_id": 0})
        return None if found is None else msgspec.convert(found, Customer)

    async def forget(self, subjects: Collection[str]) -> None:
        with translating_errors():
            await self._database["customers"].delete_many({"_id": {"$in": list(subjects)}})
