"""Merges in SQLite."""

import sqlite3
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial

import msgspec

from services.events.domain.merging import Change, Merge, Standing, begin, undo
from services.events.storage.merge_body import decode_merge, encode_merge
from shared.clock import epoch_ms
from shared.contracts.customers import Customer
from shared.storage.redirects import read_redirects
from shared.storage.sqlite import Database

# `merged_into` is the target for as long as the merge is in force.
SCHEMA = """
    CREATE TABLE merges (
        id TEXT PRIMARY KEY, customer TEXT NOT NULL, target TEXT NOT NULL, merged_into TEXT,
        merged_at INTEGER NOT NULL, told INTEGER NOT NULL, has_sides INTEGER NOT NULL,
        body BLOB NOT NULL
    );
    CREATE UNIQUE INDEX merges_in_force ON merges (customer) WHERE merged_into IS NOT NULL;
    CREATE INDEX merges_in_force_into ON merges (merged_into) WHERE merged_into IS NOT NULL;
    CREATE INDEX merges_from ON merges (customer);
    CREATE INDEX merges_into ON merges (target);
    CREATE INDEX merges_by_time ON merges (merged_at DESC, id DESC);
    CREATE INDEX merges_untold ON merges (id) WHERE NOT told;
    CREATE INDEX merges_with_sides ON merges (merged_at) WHERE has_sides;
"""


class SqliteMerges:
    """One row a merge."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def merge(self, wanted: Merge) -> tuple[Merge, bool]:
        def write(connection: sqlite3.Connection) -> tuple[Merge, bool]:
            return _change(connection, wanted, partial(begin, wanted))

        return await self._database.run(write)

    async def undo(self, merge_id: str, now: datetime) -> Merge | None:
        def write(connection: sqlite3.Connection) -> Merge | None:
            found = _select(connection, "id = ?", merge_id)
            if not found:
                return None
            merge = found[0]
            return _change(connection, merge, partial(undo, merge, now=now))[0]

        return await self._database.run(write)

    async def get(self, merge_id: str) -> Merge | None:
        found = await self._read("id = ?", merge_id)
        return found[0] if found else None

    async def page(
        self, customer: str | None, after: tuple[int, str] | None, limit: int
    ) -> Sequence[Merge]:
        conditions, values = ["TRUE"], list[object]()
        if customer is not None:
            conditions.append("(customer = ? OR target = ?)")
            values += [customer, customer]
        if after is not None:
            conditions.append("(merged_at, id) < (?, ?)")
            values += after
        where = " AND ".join(conditions)
        return await self._read(f"{where} ORDER BY merged_at DESC, id DESC LIMIT ?", *values, limit)

    async def redirects(self, customers: Collection[str]) -> Mapping[str, str]:
        return await self._database.read(
            lambda connection: read_redirects(connection, customers, "merges")
        )

    async def untold(self, limit: int) -> Sequence[Merge]:
        return await self._read("NOT told LIMIT ?", limit)

    async def told(self, merge: Merge) -> None:
        await self._database.run(
            lambda connection: connection.execute(
                "UPDATE merges SET told = 1 WHERE id = ? AND (merged_into IS NULL) = ?",
                (merge.id, merge.undone_at is not None),
            )
        )

    async def forget_sides(self, before: datetime) -> None:
        def write(connection: sqlite3.Connection) -> None:
            for merge in _select(connection, "has_sides AND merged_at < ?", epoch_ms(before)):
                connection.execute(
                    "UPDATE merges SET has_sides = 0, body = ? WHERE id = ?",
                    (encode_merge(replace(merge, sides=None)), merge.id),
                )

        await self._database.run(write)

    async def forget(self, subjects: Collection[str]) -> None:
        ids = msgspec.json.encode(list(subjects)).decode()

        def write(connection: sqlite3.Connection) -> None:
            among = "IN (SELECT value FROM json_each(?1))"
            connection.execute(
                f"DELETE FROM merges WHERE customer {among} AND target {among}"
                f" OR merged_into IS NULL AND (customer {among} OR target {among})",
                (ids,),
            )

        await self._database.run(write)
        await self._database.scrub()

    async def _read(self, where: str, *values: object) -> list[Merge]:
        return await self._database.read(lambda connection: _select(connection, where, *values))


def _select(connection: sqlite3.Connection, where: str, *values: object) -> list[Merge]:
    rows = connection.execute(f"SELECT body FROM merges WHERE {where}", values)
    return [decode_merge(body) for (body,) in rows]


def _change(
    connection: sqlite3.Connection, merge: Merge, decide: Callable[[Standing], Change]
) -> tuple[Merge, bool]:
    both = (merge.source, merge.target)
    in_force = _select(
        connection,
        "merged_into IS NOT NULL AND (customer IN (?1, ?2) OR merged_into IN (?1, ?2))",
        *both,
    )
    source, target = (_customer(connection, one) for one in both)
    change = decide(Standing(source, target, in_force))
    if change.is_new:
        for one in change.merges:
            _write(connection, one)
        for customer, record in change.customers.items():
            connection.execute(
                "INSERT INTO customers (id, revision, body) VALUES (?, ?, ?) ON CONFLICT (id)"
                " DO UPDATE SET revision = excluded.revision, body = excluded.body",
                (customer, record.revision, msgspec.json.encode(record)),
            )
    return change.merges[0], change.is_new


def _customer(connection: sqlite3.Connection, customer: str) -> Customer | None:
    row = connection.execute("SELECT body FROM customers WHERE id = ?", (customer,)).fetchone()
    return None if row is None else msgspec.json.decode(row[0], type=Customer)


def _write(connection: sqlite3.Connection, merge: Merge) -> None:
    in_force = merge.target if merge.undone_at is None else None
    connection.execute(
        "INSERT OR REPLACE INTO merges VALUES (?, ?, ?, ?, ?, 0, ?, ?)",
        (
            merge.id,
            merge.source,
            merge.target,
            in_force,
            epoch_ms(merge.merged_at),
            merge.sides is not None,
            encode_merge(merge),
        ),
    )
