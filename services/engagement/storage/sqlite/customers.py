"""Whom acts count for, in SQLite: redirects and erasures, and the scores that follow them."""

import sqlite3
from collections.abc import Collection, Mapping, Sequence

from services.engagement.domain.customer import CustomerRecord, leading_to, redirected, touched
from services.engagement.domain.formula import Formula
from services.engagement.domain.merging import readdress, tally
from services.engagement.storage.sqlite import rows
from services.engagement.storage.standing import customer_hash
from shared.merging import survivor_of
from shared.storage.redirects import read_redirects
from shared.storage.sqlite import Database


class SqliteCustomerStore:
    """Table customers has those of whom there is something to say."""

    def __init__(self, database: Database, formula: Formula) -> None:
        self._database = database
        self._formula = formula

    async def keep(self, records: Sequence[CustomerRecord]) -> None:
        def transact(connection: sqlite3.Connection) -> None:
            for record in records:
                if _is_news(connection, record):
                    self._keep(connection, record)

        await self._database.run(transact)

    def _keep(self, connection: sqlite3.Connection, record: CustomerRecord) -> None:
        ends = {record.customer, record.merged_into or record.customer}
        before = read_redirects(connection, ends)
        after = redirected(record, before)
        survivor = survivor_of(record.customer, after)
        standing = rows.standings(connection, [survivor]).get(survivor)
        into = after.get(record.customer)
        connection.execute(
            "INSERT INTO customers (hash, revision, customer, merged_into) VALUES (?, ?, ?, ?)"
            " ON CONFLICT DO UPDATE SET revision = excluded.revision, customer = excluded.customer,"
            " merged_into = excluded.merged_into, erased = FALSE",
            (customer_hash(record.customer), record.revision, into and record.customer, into),
        )
        if into is not None and survivor != record.customer and standing and standing.erased:
            self._forget(connection, record.customer, before)
        elif moved := touched(before, after):
            self._readdress(connection, moved, after)

    async def erase(self, customer: str, request: str) -> None:
        def transact(connection: sqlite3.Connection) -> None:
            marked = connection.execute(
                "INSERT INTO customers (hash, request) VALUES (?, ?) ON CONFLICT DO UPDATE"
                " SET request = excluded.request WHERE request IS NOT excluded.request",
                (customer_hash(customer), request),
            )
            if marked.rowcount:
                self._forget(connection, customer, read_redirects(connection, [customer]))

        await self._database.run(transact)
        await self._database.scrub()

    def _forget(
        self, connection: sqlite3.Connection, customer: str, merged_into: Mapping[str, str]
    ) -> None:
        gone = leading_to(customer, merged_into)
        connection.executemany(
            "INSERT INTO customers (hash, erased) VALUES (?, TRUE)"
            " ON CONFLICT DO UPDATE SET erased = TRUE, customer = NULL, merged_into = NULL",
            [(customer_hash(id),) for id in gone],
        )
        left = {id: into for id, into in merged_into.items() if id not in gone}
        counted_for = {survivor_of(id, merged_into) for id in gone}
        self._readdress(connection, counted_for, left, gone)

    def _readdress(
        self,
        connection: sqlite3.Connection,
        customers: Collection[str],
        merged_into: Mapping[str, str],
        erased: Collection[str] = (),
    ) -> None:
        before = rows.select(connection, "customer", customers)
        after = readdress(before, merged_into, self._formula, erased)
        changed = [new for old, new in zip(before, after, strict=True) if new != old]
        rows.rewrite(connection, changed)
        rows.drop_profiles(connection, customers)
        for customer, change in tally(after, self._formula).items():
            rows.add(connection, customer, change)
        rows.mark_withdrawals(connection, {e.customer for e in changed if e.withdraws} - {""})


def _is_news(connection: sqlite3.Connection, record: CustomerRecord) -> bool:
    row = connection.execute(
        "SELECT revision FROM customers WHERE hash = ?", (customer_hash(record.customer),)
    ).fetchone()
    if row is None:
        return record.merged_into is not None
    return row[0] is None or record.revision > row[0]
