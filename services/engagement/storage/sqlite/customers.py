"""Whom acts count for, in SQLite: redirects and erasures, and the scores that follow them."""

import sqlite3
from collections.abc import Collection, Mapping, Sequence

from services.engagement.domain.customer import CustomerRecord, leading_to, redirected, touched
from services.engagement.domain.merging import NOBODY, readdress
from services.engagement.storage.live import when_let
from services.engagement.storage.sqlite import rows
from services.engagement.storage.sqlite.books import SqliteBookStore, mark_stale
from services.engagement.storage.sqlite.moments import forget_moments
from services.engagement.storage.sqlite.watches import look_soon
from services.engagement.storage.standing import Standing, customer_hash
from shared.merging import survivor_of
from shared.storage.redirects import read_redirects
from shared.storage.sqlite import Database


class SqliteCustomerStore:
    """Table customers has those of whom there is something to say."""

    def __init__(self, database: Database, books: SqliteBookStore) -> None:
        self._database = database
        self._books = books

    async def keep(self, records: Sequence[CustomerRecord]) -> None:
        def transact(connection: sqlite3.Connection) -> None:
            for record in records:
                if _is_news(connection, record):
                    self._keep(connection, record)

        await when_let(lambda: self._database.run(transact), self._books.lift)

    def _keep(self, connection: sqlite3.Connection, record: CustomerRecord) -> None:
        ends = {record.customer, record.merged_into or record.customer}
        before = read_redirects(connection, ends)
        after = redirected(record, before)
        survivor = survivor_of(record.customer, after)
        standing = rows.standings(connection, [survivor]).get(survivor)
        was = rows.standings(connection, [record.customer]).get(record.customer, Standing())
        into = after.get(record.customer)
        connection.execute(
            "INSERT INTO customers (hash, revision, customer, merged_into, excluded)"
            " VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET revision = excluded.revision,"
            " customer = excluded.customer, merged_into = excluded.merged_into,"
            " excluded = excluded.excluded, erased = FALSE",
            (
                customer_hash(record.customer),
                record.revision,
                into and record.customer,
                into,
                record.excluded,
            ),
        )
        if into is not None and survivor != record.customer and standing and standing.erased:
            self._forget(connection, record.customer, before)
        elif moved := touched(before, after, record, was.excluded):
            self._readdress(connection, moved, after)

    async def erase(self, customer: str, request: str) -> None:
        def transact(connection: sqlite3.Connection) -> None:
            marked = connection.execute(
                # A record that is told again is older than the erasure.
                "INSERT INTO customers (hash, request, revision)"
                " VALUES (?, ?, coalesce((SELECT revision FROM people WHERE customer = ?), -1))"
                " ON CONFLICT DO UPDATE SET request = excluded.request,"
                " revision = max(coalesce(revision, -1), excluded.revision)"
                " WHERE request IS NOT excluded.request",
                (customer_hash(customer), request, customer),
            )
            if marked.rowcount:
                self._forget(connection, customer, read_redirects(connection, [customer]))

        await when_let(lambda: self._database.run(transact), self._books.lift)
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
        live = self._books.changing(connection)
        before = {e.key: e for e in rows.select(connection, live.number, "customer", customers)}
        ends = {survivor_of(entry.origin, merged_into) for entry in before.values()}
        standings = rows.standings(connection, ends)
        excluded = {id for id, standing in standings.items() if standing.excluded}
        after = readdress(before.values(), merged_into, live.formula, erased, excluded)
        changed = [entry for entry in after.entries if entry != before[entry.key]]
        rows.rewrite(connection, live.number, changed)
        rows.empty_profiles(connection, live.number, after.changes)
        rows.drop_profiles(connection, live.number, set(customers) - set(after.changes))
        for customer, change in after.changes.items():
            rows.add(connection, live.number, customer, change)
        look_soon(connection, live.number, after.changes)
        forget_moments(connection, erased)
        mark_stale(connection, live, {*customers, *after.changes})
        if live.beside is not None:
            cut = [entry for entry in changed if entry.customer == NOBODY]
            rows.rewrite(connection, live.beside, cut)
            rows.drop_profiles(connection, live.beside, erased)
        rows.mark_withdrawals(connection, {e.customer for e in changed if e.withdraws} - {""})


def _is_news(connection: sqlite3.Connection, record: CustomerRecord) -> bool:
    row = connection.execute(
        "SELECT revision FROM customers WHERE hash = ?", (customer_hash(record.customer),)
    ).fetchone()
    if row is None:
        return record.says_something
    return row[0] is None or record.revision > row[0]
