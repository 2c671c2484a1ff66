"""Scores in SQLite. One transaction a batch: position, ledger, profiles."""

import json
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from services.engagement.domain.act import Act
from services.engagement.domain.formula import Formula
from services.engagement.domain.ledger import Entry
from services.engagement.domain.profile import Profile
from services.engagement.domain.scoring import Known, Scored
from services.engagement.ports.scores import Advance, MoneyTotal, Totals
from services.engagement.storage import wanted
from services.engagement.storage.sqlite import rows
from services.engagement.storage.standing import survivors_of
from shared.errors import Conflict
from shared.storage.redirects import read_redirects
from shared.storage.sqlite import Database


class SqliteScoreStore:
    """Tables as in MIGRATIONS; many ids at once travel as one JSON array."""

    def __init__(self, database: Database, formula: Formula) -> None:
        self._database = database
        self._formula = formula

    async def position(self, topic: str, partition: int) -> int | None:
        def read(connection: sqlite3.Connection) -> int | None:
            row = connection.execute(
                "SELECT next FROM positions WHERE topic = ? AND partition = ?", (topic, partition)
            ).fetchone()
            return None if row is None else int(row[0])

        return await self._database.read(read)

    async def apply(
        self, advance: Advance, acts: Sequence[Act], decide: Callable[[Known], Scored]
    ) -> Sequence[Entry]:
        def transact(connection: sqlite3.Connection) -> Sequence[Entry]:
            _advance(connection, advance)
            known = _known(connection, acts, self._formula)
            scored = decide(known)
            _write(connection, scored)
            return [*known.entries.values(), *scored.entries]

        return await self._database.run(transact)

    async def profiles(self, customers: Sequence[str]) -> Mapping[str, Profile]:
        return await self._database.read(lambda connection: _profiles(connection, customers))

    async def scan(self, after: str, most: int) -> Sequence[Profile]:
        def read(connection: sqlite3.Connection) -> list[Profile]:
            found = connection.execute(
                "SELECT customer FROM profiles WHERE customer > ? ORDER BY customer LIMIT ?",
                (after, most),
            )
            customers = [customer for (customer,) in found]
            profiles = _profiles(connection, customers)
            return [profiles[customer] for customer in customers]

        return await self._database.read(read)

    async def entries(self, customers: Sequence[str]) -> Sequence[Entry]:
        return await self._database.read(
            lambda connection: rows.select(connection, "customer", customers)
        )

    async def heaviest(self, customers: Sequence[str], most: int) -> Mapping[str, Sequence[Entry]]:
        def read(connection: sqlite3.Connection) -> dict[str, list[Entry]]:
            result: dict[str, list[Entry]] = {}
            found = connection.execute(
                f"SELECT {rows.COLUMNS} FROM (SELECT *, row_number() OVER"
                " (PARTITION BY customer, dimension ORDER BY heft DESC) AS place FROM ledger"
                " WHERE customer IN (SELECT value FROM json_each(?))) WHERE place <= ?",
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

    async def totals(self) -> Totals:
        def read(connection: sqlite3.Connection) -> Totals:
            (customers,) = connection.execute("SELECT count(*) FROM profiles").fetchone()
            acts = connection.execute(
                "SELECT kind, sum(count) AS n FROM acts GROUP BY kind HAVING n <> 0"
            )
            money = connection.execute(
                "SELECT currency, sum(gross) AS g, sum(refunded) AS r FROM money"
                " GROUP BY currency HAVING g <> 0 OR r <> 0 ORDER BY currency"
            )
            return Totals(customers, dict(acts), [MoneyTotal(*row) for row in money])

        return await self._database.read(read)

    async def pin(self, basis: Mapping[str, str]) -> Mapping[str, str]:
        def transact(connection: sqlite3.Connection) -> dict[str, str]:
            connection.executemany("INSERT OR IGNORE INTO basis VALUES (?, ?)", basis.items())
            return dict(connection.execute("SELECT dimension, made_with FROM basis"))

        return await self._database.run(transact)

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


def _known(connection: sqlite3.Connection, acts: Sequence[Act], formula: Formula) -> Known:
    standings = dict(rows.standings(connection, {act.origin for act in acts}))
    survivors: dict[str, str] = {}
    merged = [id for id, standing in standings.items() if standing.merged_into is not None]
    if merged:
        survivors = survivors_of(merged, read_redirects(connection, merged))
        standings |= rows.standings(connection, set(survivors.values()))
    targets = [act.withdraws for act in acts if act.withdraws is not None]
    entries = {
        entry.key: entry for entry in rows.select(connection, "key", wanted.keys(acts, targets))
    }
    withdrawn = [entries.get(key) for key in targets]
    orders = wanted.orders(acts, survivors, withdrawn, formula)
    awaited = wanted.withdrawals(acts, survivors, standings, targets)
    return Known(
        entries=entries,
        order_entries=rows.select(connection, "order_key", orders),
        withdrawals=rows.select(connection, "withdraws", awaited),
        erased=frozenset(id for id, standing in standings.items() if standing.erased),
        survivors=survivors,
    )


def _write(connection: sqlite3.Connection, scored: Scored) -> None:
    rows.insert(connection, scored.entries)
    for customer, change in scored.changes.items():
        rows.add(connection, customer, change)
    rows.mark_withdrawals(connection, {e.customer for e in scored.entries if e.withdraws})


def _grouped(
    connection: sqlite3.Connection, columns: str, table: str, ids: str
) -> dict[str, list[tuple[Any, ...]]]:
    result: dict[str, list[tuple[Any, ...]]] = {}
    found = connection.execute(
        f"SELECT {columns} FROM {table} WHERE customer IN (SELECT value FROM json_each(?))",
        (ids,),
    )
    for customer, *rest in found:
        result.setdefault(customer, []).append(tuple(rest))
    return result


def _profiles(connection: sqlite3.Connection, customers: Sequence[str]) -> dict[str, Profile]:
    ids = json.dumps(list(customers))
    sums = _grouped(connection, "customer, dimension, total", "sums", ids)
    acts = _grouped(connection, "customer, kind, count", "acts", ids)
    money = _grouped(connection, "customer, currency, gross, refunded", "money", ids)
    found = connection.execute(
        "SELECT customer, first, last FROM profiles"
        " WHERE customer IN (SELECT value FROM json_each(?))",
        (ids,),
    )
    return {
        customer: Profile(
            customer,
            {name: total for name, total in sums.get(customer, ())},
            {kind: count for kind, count in acts.get(customer, ()) if count},
            {code: (gross, back) for code, gross, back in money.get(customer, ()) if gross or back},
            first,
            last,
        )
        for customer, first, last in found
    }
