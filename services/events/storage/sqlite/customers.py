"""Customers in SQLite."""

import sqlite3
from collections.abc import Collection
from datetime import datetime

import msgspec

from services.events.domain.customer import Details, check_has_own_life, revise, said_anew
from services.events.domain.identity import Person
from services.events.domain.introduction import introduce
from shared.clock import epoch_ms
from shared.contracts.customers import Customer
from shared.storage.sqlite import Database

# Whether only platforms have spoken of the customer, and whether the topic has yet to hear of it.
INTRODUCED = """
    ALTER TABLE customers ADD COLUMN introduced INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE customers ADD COLUMN untold INTEGER NOT NULL DEFAULT 0;
"""


class SqliteCustomers:
    """One row a customer."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def save(
        self, customer_id: str, details: Details, now: datetime
    ) -> tuple[Customer, bool]:
        def write(connection: sqlite3.Connection) -> tuple[Customer, bool]:
            row = connection.execute(
                "SELECT body FROM customers WHERE id = ?", (customer_id,)
            ).fetchone()
            known = None if row is None else msgspec.json.decode(row[0], type=Customer)
            check_has_own_life(known)
            previous = None if known is None else known.revision
            customer = revise(said_anew(known, details), previous, epoch_ms(now) * 1000)
            connection.execute(
                "INSERT OR REPLACE INTO customers (id, revision, body) VALUES (?, ?, ?)",
                (customer_id, customer.revision, msgspec.json.encode(customer)),
            )
            return customer, row is None

        return await self._database.run(write)

    async def introduce(self, customer_id: str, person: Person, now: datetime) -> Customer | None:
        def write(connection: sqlite3.Connection) -> Customer | None:
            row = connection.execute(
                "SELECT body, introduced, untold FROM customers WHERE id = ?", (customer_id,)
            ).fetchone()
            known = None if row is None else msgspec.json.decode(row[0], type=Customer)
            check_has_own_life(known)
            introduced = row is None or bool(row[1])
            details = introduce(known, person, by_platform_only=introduced)
            if details is None:
                return known if row is not None and row[2] else None
            previous = None if known is None else known.revision
            customer = revise(details, previous, epoch_ms(now) * 1000)
            connection.execute(
                "INSERT OR REPLACE INTO customers (id, revision, body, introduced, untold)"
                " VALUES (?, ?, ?, ?, 1)",
                (customer_id, customer.revision, msgspec.json.encode(customer), introduced),
            )
            return customer

        return await self._database.run(write)

    async def mark_told(self, customer_id: str, revision: int) -> None:
        def write(connection: sqlite3.Connection) -> None:
            connection.execute(
                "UPDATE customers SET untold = 0 WHERE id = ? AND revision = ?",
                (customer_id, revision),
            )

        await self._database.run(write)

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
