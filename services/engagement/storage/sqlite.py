"""Scores in SQLite. One transaction a batch: position, ledger, profiles."""

import hashlib
import json
import sqlite3
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any

from services.engagement.domain.act import Act, Money
from services.engagement.domain.formula import Formula
from services.engagement.domain.ledger import Change, Entry, changes
from services.engagement.domain.profile import Profile
from services.engagement.domain.scoring import Known
from services.engagement.ports import Advance, MoneyTotal, Totals
from shared.errors import Conflict
from shared.storage.sqlite import Database

MIGRATIONS = (
    """
    CREATE TABLE positions (
        topic TEXT NOT NULL, partition INTEGER NOT NULL, next INTEGER NOT NULL,
        PRIMARY KEY (topic, partition)
    ) WITHOUT ROWID;
    CREATE TABLE ledger (
        key TEXT PRIMARY KEY, customer TEXT NOT NULL, kind TEXT NOT NULL, time INTEGER NOT NULL,
        dimension TEXT NOT NULL, points REAL NOT NULL, counts_from INTEGER NOT NULL,
        formula TEXT NOT NULL, order_key TEXT, units INTEGER, currency TEXT, note TEXT,
        heft REAL NOT NULL
    );
    CREATE INDEX ledger_by_weight ON ledger (customer, dimension, heft DESC);
    CREATE INDEX ledger_by_order ON ledger (order_key) WHERE order_key IS NOT NULL;
    CREATE TABLE profiles (
        customer TEXT PRIMARY KEY, first INTEGER NOT NULL, last INTEGER NOT NULL
    ) WITHOUT ROWID;
    CREATE TABLE sums (
        customer TEXT NOT NULL, dimension TEXT NOT NULL, total REAL NOT NULL,
        PRIMARY KEY (customer, dimension)
    ) WITHOUT ROWID;
    CREATE TABLE acts (
        customer TEXT NOT NULL, kind TEXT NOT NULL, count INTEGER NOT NULL,
        PRIMARY KEY (customer, kind)
    ) WITHOUT ROWID;
    CREATE TABLE money (
        customer TEXT NOT NULL, currency TEXT NOT NULL, gross INTEGER NOT NULL,
        refunded INTEGER NOT NULL, PRIMARY KEY (customer, currency)
    ) WITHOUT ROWID;
    CREATE TABLE erased (
        customer_hash TEXT PRIMARY KEY, request TEXT NOT NULL,
        back INTEGER NOT NULL DEFAULT FALSE
    ) WITHOUT ROWID;
    CREATE TABLE basis (dimension TEXT PRIMARY KEY, made_with TEXT NOT NULL) WITHOUT ROWID;
    """,
)

_COLUMNS = (
    "key, customer, kind, time, dimension, points, counts_from, formula, order_key, units,"
    " currency, note"
)


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
        self, advance: Advance, acts: Sequence[Act], decide: Callable[[Known], Sequence[Entry]]
    ) -> Sequence[Entry]:
        def transact(connection: sqlite3.Connection) -> Sequence[Entry]:
            _advance(connection, advance)
            known = _known(connection, acts)
            entries = decide(known)
            self._write(connection, entries)
            return [*known.entries.values(), *entries]

        return await self._database.run(transact)

    def _write(self, connection: sqlite3.Connection, entries: Sequence[Entry]) -> None:
        connection.executemany(
            f"INSERT INTO ledger ({_COLUMNS}, heft) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)",
            [(*_row(entry), entry.heft(self._formula)) for entry in entries],
        )
        for customer, change in changes(entries, self._formula).items():
            _add(connection, customer, change)

    async def profiles(self, customers: Sequence[str]) -> Mapping[str, Profile]:
        def read(connection: sqlite3.Connection) -> dict[str, Profile]:
            ids = json.dumps(list(customers))
            sums = _grouped(connection, "customer, dimension, total", "sums", ids)
            acts = _grouped(connection, "customer, kind, count", "acts", ids)
            money = _grouped(connection, "customer, currency, gross, refunded", "money", ids)
            rows = connection.execute(
                "SELECT customer, first, last FROM profiles"
                " WHERE customer IN (SELECT value FROM json_each(?))",
                (ids,),
            )
            return {
                customer: Profile(
                    customer,
                    {name: total for name, total in sums.get(customer, ())},
                    {kind: count for kind, count in acts.get(customer, ())},
                    {code: (gross, back) for code, gross, back in money.get(customer, ())},
                    first,
                    last,
                )
                for customer, first, last in rows
            }

        return await self._database.read(read)

    async def heaviest(self, customers: Sequence[str], most: int) -> Mapping[str, Sequence[Entry]]:
        def read(connection: sqlite3.Connection) -> dict[str, list[Entry]]:
            result: dict[str, list[Entry]] = {}
            rows = connection.execute(
                f"SELECT {_COLUMNS} FROM (SELECT *, row_number() OVER"
                " (PARTITION BY customer, dimension ORDER BY heft DESC) AS place FROM ledger"
                " WHERE customer IN (SELECT value FROM json_each(?))) WHERE place <= ?",
                (json.dumps(list(customers)), most),
            )
            for entry in map(_entry, rows):
                result.setdefault(entry.customer, []).append(entry)
            return result

        return await self._database.read(read)

    async def totals(self) -> Totals:
        def read(connection: sqlite3.Connection) -> Totals:
            (customers,) = connection.execute("SELECT count(*) FROM profiles").fetchone()
            acts = connection.execute("SELECT kind, sum(count) FROM acts GROUP BY kind")
            money = connection.execute(
                "SELECT currency, sum(gross), sum(refunded) FROM money"
                " GROUP BY currency ORDER BY currency"
            )
            return Totals(customers, dict(acts), [MoneyTotal(*row) for row in money])

        return await self._database.read(read)

    async def pin(self, basis: Mapping[str, str]) -> Mapping[str, str]:
        def transact(connection: sqlite3.Connection) -> dict[str, str]:
            connection.executemany("INSERT OR IGNORE INTO basis VALUES (?, ?)", basis.items())
            return dict(connection.execute("SELECT dimension, made_with FROM basis"))

        return await self._database.run(transact)

    async def erase(self, customer: str, request: str) -> None:
        def transact(connection: sqlite3.Connection) -> None:
            marked = connection.execute(
                "INSERT INTO erased VALUES (?, ?, FALSE) ON CONFLICT DO UPDATE"
                " SET request = excluded.request, back = FALSE WHERE request <> excluded.request",
                (_hash(customer), request),
            )
            if marked.rowcount == 0:
                return
            for table in ("profiles", "sums", "acts", "money"):
                connection.execute(f"DELETE FROM {table} WHERE customer = ?", (customer,))
            connection.execute(
                "UPDATE ledger SET customer = '', order_key = NULL WHERE customer = ?", (customer,)
            )

        await self._database.run(transact)
        await self._database.scrub()

    async def welcome(self, customers: Collection[str]) -> None:
        def transact(connection: sqlite3.Connection) -> None:
            connection.executemany(
                "UPDATE erased SET back = TRUE WHERE customer_hash = ?",
                [(_hash(c),) for c in customers],
            )

        await self._database.run(transact)

    async def ping(self) -> None:
        await self._database.read(lambda connection: connection.execute("SELECT 1").fetchone())


def _hash(customer: str) -> str:
    return hashlib.sha256(customer.encode()).hexdigest()


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


def _known(connection: sqlite3.Connection, acts: Sequence[Act]) -> Known:
    orders = {act.order_key for act in acts if act.order_key is not None}
    hashes = {_hash(customer): customer for customer in {act.customer for act in acts}}
    erased = connection.execute(
        "SELECT customer_hash FROM erased WHERE NOT back"
        " AND customer_hash IN (SELECT value FROM json_each(?))",
        (json.dumps(list(hashes)),),
    )
    return Known(
        entries={entry.key: entry for entry in _select(connection, "key", [a.key for a in acts])},
        order_entries=_select(connection, "order_key", orders),
        erased=frozenset(hashes[row[0]] for row in erased),
    )


def _select(connection: sqlite3.Connection, column: str, values: Iterable[str]) -> list[Entry]:
    # Not as JSON: SQLite ends a text of JSON at a NUL, which an order's id may hold.
    wanted = list(values)
    rows = connection.execute(
        f"SELECT {_COLUMNS} FROM ledger WHERE {column} IN ({','.join('?' * len(wanted))})", wanted
    )
    return [_entry(row) for row in rows]


def _add(connection: sqlite3.Connection, customer: str, change: Change) -> None:
    connection.execute(
        "INSERT INTO profiles VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET"
        " first = min(first, excluded.first), last = max(last, excluded.last)",
        (customer, change.first, change.last),
    )
    connection.executemany(
        "INSERT INTO sums VALUES (?, ?, ?)"
        " ON CONFLICT DO UPDATE SET total = total + excluded.total",
        [(customer, name, total) for name, total in change.sums.items()],
    )
    connection.executemany(
        "INSERT INTO acts VALUES (?, ?, ?)"
        " ON CONFLICT DO UPDATE SET count = count + excluded.count",
        [(customer, kind, count) for kind, count in change.acts.items()],
    )
    connection.executemany(
        "INSERT INTO money VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET"
        " gross = gross + excluded.gross, refunded = refunded + excluded.refunded",
        [(customer, code, gross, back) for code, (gross, back) in change.money.items()],
    )


def _grouped(
    connection: sqlite3.Connection, columns: str, table: str, ids: str
) -> dict[str, list[tuple[Any, ...]]]:
    result: dict[str, list[tuple[Any, ...]]] = {}
    rows = connection.execute(
        f"SELECT {columns} FROM {table} WHERE customer IN (SELECT value FROM json_each(?))",
        (ids,),
    )
    for customer, *rest in rows:
        result.setdefault(customer, []).append(tuple(rest))
    return result


def _row(entry: Entry) -> tuple[object, ...]:
    money = (None, None) if entry.money is None else (entry.money.units, entry.money.currency)
    return (
        entry.key,
        entry.customer,
        entry.kind,
        entry.time,
        entry.dimension,
        entry.points,
        entry.counts_from,
        entry.formula,
        entry.order,
        *money,
        entry.note,
    )


def _entry(row: tuple[Any, ...]) -> Entry:
    units, currency = row[9:11]
    money = None if units is None else Money(units, currency)
    return Entry(
        key=row[0],
        customer=row[1],
        kind=row[2],
        time=row[3],
        dimension=row[4],
        points=row[5],
        counts_from=row[6],
        formula=row[7],
        order=row[8],
        money=money,
        note=row[11],
    )
