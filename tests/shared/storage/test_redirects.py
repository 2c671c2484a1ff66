"""Redirects are found from any place of a chain, in both stores."""

import sqlite3
from collections.abc import Iterator, Sequence
from uuid import uuid4

import pytest

from shared.storage.mongo import open_mongo
from shared.storage.redirects import (
    SQLITE_MIGRATION,
    find_redirects,
    mongo_migration,
    read_redirects,
)

ROWS = (("a", "b"), ("b", "c"), ("d", "c"), ("x", "y"), ("y", "x"), ("u", None), (None, None))
ASKED: tuple[tuple[list[str], dict[str, str]], ...] = (
    (["a"], {"a": "b", "b": "c", "d": "c"}),
    (["c"], {"a": "b", "b": "c", "d": "c"}),
    (["d", "x"], {"a": "b", "b": "c", "d": "c", "x": "y", "y": "x"}),
    (["u", "z"], {}),
    ([], {}),
)


@pytest.fixture
def connection() -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(":memory:")
    connection.executescript(f"CREATE TABLE customers (key INTEGER); {SQLITE_MIGRATION}")
    connection.executemany("INSERT INTO customers (customer, merged_into) VALUES (?, ?)", ROWS)
    yield connection
    connection.close()


@pytest.mark.parametrize(("asked", "expected"), ASKED)
def test_in_sqlite(
    connection: sqlite3.Connection, asked: Sequence[str], expected: dict[str, str]
) -> None:
    assert read_redirects(connection, asked) == expected


def test_sqlite_goes_by_its_indexes(connection: sqlite3.Connection) -> None:
    plans: list[str] = []
    connection.set_trace_callback(plans.append)
    read_redirects(connection, ["a"])
    connection.set_trace_callback(None)
    (statement,) = plans
    steps = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {statement}")]
    assert not [step for step in steps if step.startswith("SCAN kept")]
    assert sum("USING INDEX customers_merged" in step for step in steps) >= 3


@pytest.mark.live
async def test_in_mongodb(mongodb_url: str) -> None:
    async with open_mongo(mongodb_url, f"test_{uuid4().hex[:12]}") as database:
        await mongo_migration(database)
        customers = database["customers"]
        named = [dict(zip(("customer", "merged_into"), row, strict=True)) for row in ROWS]
        await customers.insert_many(
            [{name: value for name, value in one.items() if value is not None} for one in named]
        )
        for asked, expected in ASKED:
            assert await find_redirects(customers, asked) == expected
        await database.client.drop_database(database.name)
