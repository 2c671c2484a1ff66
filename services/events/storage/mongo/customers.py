"""Customers in MongoDB."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

import msgspec
from pymongo import ReturnDocument
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import DuplicateKeyError

from services.events.domain.customer import Details, check_has_own_life, revise, said_anew
from services.events.domain.identity import Person
from services.events.domain.introduction import introduce
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
                known = None if found is None else msgspec.convert(found, Customer)
                check_has_own_life(known)
                previous = None if known is None else known.revision
                customer = revise(said_anew(known, details), previous, epoch_ms(now) * 1000)
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

    async def introduce(self, customer_id: str, person: Person, now: datetime) -> Customer | None:
        customers = self._database["customers"]
        with translating_errors():
            while True:
                found = await customers.find_one({"_id": customer_id}, {"_id": 0})
                known = None if found is None else msgspec.convert(found, Customer)
                check_has_own_life(known)
                introduced = found is None or found.get("introduced", False)
                details = introduce(known, person, by_platform_only=introduced)
                if details is None:
                    return known if found is not None and found.get("untold") else None
                previous = None if known is None else known.revision
                customer = revise(details, previous, epoch_ms(now) * 1000)
                marks = {"introduced": introduced, "untold": True}
                document = msgspec.to_builtins(customer) | marks
                try:
                    if previous is None:
                        await customers.insert_one({"_id": customer_id, **document})
                        return customer
                    won = await customers.replace_one(
                        {"_id": customer_id, "revision": previous}, document
                    )
                except DuplicateKeyError:
                    continue
                if won.matched_count:
                    return customer

    async def mark_told(self, customer_id: str, revision: int) -> None:
        with translating_errors():
            await self._database["customers"].update_one(
                {"_id": customer_id, "revision": revision}, {"$unset": {"untold": ""}}
            )

    async def get_customer(self, customer_id: str) -> Customer | None:
        with translating_errors():
            found = await self._database["customers"].find_one({"_id": customer_id}, {"_id": 0})
        return None if found is None else msgspec.convert(found, Customer)

    async def forget(self, subjects: Collection[str]) -> None:
        with translating_errors():
            await self._database["customers"].delete_many({"_id": {"$in": list(subjects)}})
