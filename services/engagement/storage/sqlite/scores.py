"""Scores in SQLite. One transaction a batch: position, ledger, profiles."""

import json
import sqlite3
from collections.abc import Collection, Mapping, Sequence

from services.engagement.domain.act import Act
from services.engagement.domain.ledger import Entry
from services.engagement.domain.profile import Profile
from services.engagement.domain.scoring import Scored
from services.engagement.domain.timeline import Place
from services.engagement.ports.books import Live
from services.engagement.ports.scores import Advance, Decide, MoneyTotal, Totals
from services.engagement.storage.live import when_let
from services.engagement.storage.sqlite import rows
from services.engagement.storage.sqlite.books import SqliteBookStore, mark_stale
from services.engagement.storage.sqlite.known import read_known
from services.engagement.storage.sqlite.moments import insert_moments
from services.engagement.storage.sqlite.profiles import read_profiles
from services.engagement.storage.sqlite.watches import write_watches
from services.engagement.storage.standing import survivors_of
from shared.errors import Conflict
from shared.merging import family_of
from shared.storage.redirects import read_redirects
from shared.storage.sqlite import Database


class SqliteScoreStore:
    """Tables as in MIGRATIONS; many ids at once travel as one JSON array."""

    def __init__(self, database: Database, books: SqliteBookStore) -> None:
        self._database = database
        self._books = books

    async def position(self, topic: str, partition: int) -> int | None:
        def read(connection: sqlite3.Connection) -> int | None:
            row = connection.execute(
                "SELECT next FROM positions WHERE topic = ? AND partition = ?", (topic, partition)
            ).fetchone()
            return None if row is None else int(row[0])

        return await self._database.read(read)

    async def apply(self, advance: Advance, acts: Sequence[Act], decide: Decide) -> Sequence[Entry]:
        def transact(connection: sqlite3.Connection) -> Sequence[Entry]:
            live = self._books.changing(connection)
            _advance(connection, advance)
            known = read_known(connection, acts, live)
            scored = decide(known, live.formula)
            _write(connection, scored, live)
            return [*known.entries.values(), *scored.entries]

        return await when_let(lambda: self._database.run(transact), self._books.lift)

    async def profiles(self, customers: Sequence[str]) -> Mapping[str, Profile]:
        book = (await self._books.live()).number
        return await self._database.read(
            lambda connection: read_profiles(connection, book, customers)
        )

    async def scan(self, after: str, most: int) -> Sequence[Profile]:
        book = (await self._books.live()).number

        def read(connection: sqlite3.Connection) -> list[Profile]:
            found = connection.execute(
                f"SELECT customer FROM profiles_{book}"
                " WHERE customer > ? ORDER BY customer LIMIT ?",
                (after, most),
            )
            customers = [customer for (customer,) in found]
            profiles = read_profiles(connection, book, customers)
            return [profiles[customer] for customer in customers]

        return await self._database.read(read)

    async def entries(self, customers: Sequence[str]) -> Sequence[Entry]:
        book = (await self._books.live()).number
        return await self._database.read(
            lambda connection: rows.select(connection, book, "customer", customers)
        )

    async def recent(self, customer: str, before: Place | None, most: int) -> Sequence[Entry]:
        book = (await self._books.live()).number
        behind = "" if before is None else " AND (time, key) < (?, ?)"

        def read(connection: sqlite3.Connection) -> list[Entry]:
            found = connection.execute(
                f"SELECT {rows.COLUMNS} FROM ledger_{book} WHERE customer = ?{behind}"
                " ORDER BY time DESC, key DESC LIMIT ?",
                (customer, *(before or ()), most),
            )
            return [rows.entry_of(row) for row in found]

        return await self._database.read(read)

    async def who_did(
        self, customers: Sequence[str], kind: str, since: int, until: int
    ) -> Collection[str]:
        book = (await self._books.live()).number

        def read(connection: sqlite3.Connection) -> set[str]:
            found = connection.execute(
                f"SELECT DISTINCT customer FROM ledger_{book} WHERE kind = ?"
                " AND time >= ? AND time < ? AND customer IN (SELECT value FROM json_each(?))",
                (kind, since, until, json.dumps(list(customers))),
            )
            return {customer for (customer,) in found}

        return await self._database.read(read)

    async def heaviest(self, customers: Sequence[str], most: int) -> Mapping[str, Sequence[Entry]]:
        book = (await self._books.live()).number

        def read(connection: sqlite3.Connection) -> dict[str, list[Entry]]:
            result: dict[str, list[Entry]] = {}
            found = connection.execute(
                f"SELECT {rows.COLUMNS} FROM (SELECT *, row_number() OVER"
                " (PARTITION BY customer, dimension ORDER BY heft DESC) AS place"
                f" FROM ledger_{book} WHERE customer IN (SELECT value FROM json_each(?)))"
                " WHERE place <= ?",
                (json.dumps(list(customers)), most),
            )
            for entry in map(rows.entry_of, found):
                result.setdefault(entry.customer, []).append(entry)
            return result

        return await self._database.read(read)

    async def survivors(self, customers: Sequence[str]) -> Mapping[str, str]:
        def read(connection: sqlite3.Connection) -> dict[str, str]:
            return survivors_of(customers, read_redirects(connection, customers))

        return await self._database.read(read)

    async def family(self, customer: str) -> Collection[str]:
        def read(connection: sqlite3.Connection) -> Collection[str]:
            return family_of(customer, read_redirects(connection, [customer]))

        return await self._database.read(read)

    async def totals(self) -> Totals:
        book = (await self._books.live()).number

        def read(connection: sqlite3.Connection) -> Totals:
            (customers,) = connection.execute(f"SELECT count(*) FROM profiles_{book}").fetchone()
            acts = connection.execute(
                f"SELECT kind, sum(count) AS n FROM acts_{book} GROUP BY kind HAVING n <> 0"
            )
            money = connection.execute(
                f"SELECT currency, sum(gross) AS g, sum(refunded) AS r FROM money_{book}"
                " GROUP BY currency HAVING g <> 0 OR r <> 0 ORDER BY currency"
            )
            return Totals(customers, dict(acts), [MoneyTotal(*row) for row in money])

        return await self._database.read(read)

    async def ping(self) -> None:
        await self._database.read(lambda connection: connection.execute("SELECT 1").fetchone())


def _advance(connection: sqlite3.Connection, advance: Advance) -> None:
    at = (advance.topic, advance.partition)
    if advance.expected is None:
        moved = connection.execute(
            "INSERT OR IGNORE INTO positions VALUES (?, ?, ?)", (*at, advance.next)
        )
    else:
        moved = connection.execute(
            "UPDATE positions SET next = ? WHERE topic = ? AND partition = ? AND next = ?",
            (advance.next, *at, advance.expected),
        )
    if moved.rowcount == 0:
        raise Conflict("another consumer has moved on")


def _write(connection: sqlite3.Connection, scored: Scored, live: Live) -> None:
    rows.insert(connection, live.number, scored.entries)
    rows.rewrite(connection, live.number, scored.rewritten)
    for customer, change in scored.changes.items():
        rows.add(connection, live.number, customer, change)
    insert_moments(connection, scored.observed.values())
    write_watches(connection, live.number, scored.noticed)
    mark_stale(connection, live, scored.changes.keys())
    rows.mark_withdrawals(connection, {e.customer for e in scored.entries if e.withdraws})
