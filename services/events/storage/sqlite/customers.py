"""Customers in SQLite."""

import sqlite3
from collections.abc import Collection
from datetime import datetime

import msgspec

from services.events.domain.customer import Details, revise
from shared.clock import epoch_ms
from shared.contracts.customers import Customer
from shared.storage.sqlite import Database


class SqliteCustomers:
    """One row a customer."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def save(
        self, customer_id: str, details: Details, now: datetime
    ) -> tuple[Customer, bool]:
        def write(connection: sqlite3.Connection) -> tuple[Customer, bool]:
            row = connection.execute(
                "SELECT revision FROM customers WHERE id = ?", (customer_id,)
            ).fetchone()
            customer = revise(details, None if row is None else row[0], epoch_ms(now) * 1000)
            connection.execute(
                "INSERT OR REPLACE INTO customers VALUES (?, ?, ?)",
                (customer_id, customer.revision, msgspec.json.encode(customer)),
            )
            return customer, row is None

        return await self._database.run(write)

    async def get_customer(self, customer_id: str) -> Customer | None:
        def read(connection: sqlite3.Connection) -> Customer | None:
            row = connection.execute(
                "SELECT body FROM customers WHERE id = ?", (customer_id,)
            ).fetchone()
            return None if row is None else msgspec.json.decode(row[0], type=Customer)

        return await self._database.read(read)

    async def forget(self, subjects: Collection[str]) -> None:
        def write(connection: sqlite3.Connection) -> None:
            connection.executemany(
                "DELETE FROM customers WHERE id = ?", [(subject,) for subject in subjects]
            )

        await self._database.run(write)
        await self._database.scrub()
