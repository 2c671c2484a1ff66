"""Customers in SQLite."""

import sqlite3
from collections.abc import Collection, Mapping, Sequence

from services.notifier.domain.customer import Customer
from services.notifier.ports import CaseChange
from services.notifier.storage import fields
from services.notifier.storage.sqlite import rows
from shared.merging import survivor_of
from shared.storage.redirects import read_redirects
from shared.storage.sqlite import Database

_COLUMNS = ", ".join(fields.CUSTOMER)
_NEWER = ", ".join(f"{name} = excluded.{name}" for name in fields.CUSTOMER)
_PUT = (
    f"INSERT INTO customers (key, {_COLUMNS})"
    f" VALUES (:key, {', '.join(f':{name}' for name in fields.CUSTOMER)})"
    f" ON CONFLICT (key) DO UPDATE SET {_NEWER}, erased = 0,"
    " was_merged_into = ifnull(customers.merged_into, customers.was_merged_into)"
    " WHERE excluded.revision > ifnull(customers.revision, -1)"
)


class SqliteCustomers:
    """Tables customers and open_cases."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def customers(self, ids: Sequence[str]) -> Mapping[str, Customer]:
        return await self._database.read(lambda connection: rows.customers(connection, ids))

    async def survivors(self, ids: Collection[str]) -> Mapping[str, str]:
        redirects = await self._database.read(lambda connection: read_redirects(connection, ids))
        return {id: survivor_of(id, redirects) for id in ids}

    async def put(self, customers: Sequence[Customer]) -> None:
        values = [
            {"key": fields.customer_key(one.id), **fields.customer_fields(one)} for one in customers
        ]
        await self._database.run(lambda connection: connection.executemany(_PUT, values))

    async def change_cases(self, changes: Sequence[CaseChange]) -> None:
        def transact(connection: sqlite3.Connection) -> None:
            for change in changes:
                connection.execute(
                    "INSERT OR IGNORE INTO open_cases VALUES (?, ?)"
                    if change.is_open
                    else "DELETE FROM open_cases WHERE key = ? AND case_id = ?",
                    (fields.customer_key(change.customer), change.case_id),
                )

        await self._database.run(transact)

    async def erase(self, customer: str) -> None:
        key = fields.customer_key(customer)

        def transact(connection: sqlite3.Connection) -> None:
            connection.execute("DELETE FROM open_cases WHERE key = ?", (key,))
            connection.execute(
                "INSERT OR REPLACE INTO customers (key, erased) VALUES (?, 1)", (key,)
            )
            connection.execute(
                "UPDATE customers SET was_merged_into = NULL WHERE was_merged_into = ?", (customer,)
            )
            # One that is being sent stays with its sender until the lease ends.
            connection.execute(
                "UPDATE messages SET customer = '', subject = NULL, body = NULL, trace = NULL,"
                " announced = 1, due = CASE status WHEN 'sending' THEN due ELSE 0 END,"
                " status = 'erased' WHERE customer = ?",
                (customer,),
            )
            connection.execute(
                "UPDATE decisions SET customer = '', data = NULL, trace = NULL, due = NULL,"
                " announced = 1, revision = revision + 1,"
                " reason = CASE verdict WHEN 'held' THEN 'erased' ELSE reason END,"
                " verdict = CASE verdict WHEN 'held' THEN 'suppressed' ELSE verdict END"
                " WHERE customer = ?",
                (customer,),
            )

        await self._database.run(transact)
        await self._database.scrub()

    async def ping(self) -> None:
        await self._database.read(lambda connection: connection.execute("SELECT 1").fetchone())
