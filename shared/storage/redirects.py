"""The redirects of merged customers, read from where they are kept.

A table or collection has `customer` and `merged_into`, which is empty where no merge is in force.
In a service's own copy of requite.customers.v1 that is `customers`, whose `customer`, the id in
plain, is empty too then.
"""

import json
import sqlite3
from collections.abc import Iterable
from typing import Literal

from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.asynchronous.collection import AsyncCollection

from shared.storage.mongo import Database, Document

SQLITE_MIGRATION = """
    ALTER TABLE customers ADD COLUMN customer TEXT;
    ALTER TABLE customers ADD COLUMN merged_into TEXT;
    CREATE INDEX customers_merged ON customers (customer) WHERE merged_into IS NOT NULL;
    CREATE INDEX customers_merged_into ON customers (merged_into) WHERE merged_into IS NOT NULL;
"""

_EDGES = """
    WITH RECURSIVE family (customer) AS (
        SELECT value FROM json_each(?)
        UNION
        SELECT kept.merged_into FROM family JOIN {0} AS kept USING (customer)
            WHERE kept.merged_into IS NOT NULL
        UNION
        SELECT kept.customer FROM family JOIN {0} AS kept ON kept.merged_into = family.customer
    )
    SELECT kept.customer, kept.merged_into FROM family JOIN {0} AS kept USING (customer)
        WHERE kept.merged_into IS NOT NULL
"""


async def mongo_migration(database: Database) -> None:
    """The indexes that `find_redirects` goes by."""
    await database["customers"].create_index("customer", sparse=True)
    await database["customers"].create_index("merged_into", sparse=True)


def read_redirects(
    connection: sqlite3.Connection,
    customers: Iterable[str],
    table: Literal["customers", "merges"] = "customers",
) -> dict[str, str]:
    """Every redirect on any way from or to `customers`: which id was merged into which."""
    found = connection.execute(_EDGES.format(table), (json.dumps(list(customers)),))
    return dict(found.fetchall())


async def find_redirects(
    kept: AsyncCollection[Document],
    customers: Iterable[str],
    session: AsyncClientSession | None = None,
) -> dict[str, str]:
    """The same in MongoDB, one step along the ways at a time; nearly always the first is all."""
    redirects: dict[str, str] = {}
    seen, ends = set[str](), set(customers)
    while ends:
        in_ends = {"$in": [*ends]}
        onward = {"customer": in_ends, "merged_into": {"$ne": None}}
        step = {"$or": [onward, {"merged_into": in_ends}]}
        seen |= ends
        found = kept.find(step, {"customer": 1, "merged_into": 1}, session=session)
        edges = {one["customer"]: one["merged_into"] async for one in found}
        redirects |= edges
        ends = {*edges, *edges.values()} - seen
    return redirects
