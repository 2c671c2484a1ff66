"""Rows to domain values and back; many ids at once travel as one JSON array."""

import json
import sqlite3
from collections.abc import Iterable, Sequence

from services.notifier.domain.customer import Customer
from services.notifier.domain.decision import Decision
from services.notifier.domain.message import Message
from services.notifier.storage import fields
from shared.merging import family_of, survivor_of
from shared.storage.redirects import read_redirects
from shared.storage.sqlite import Database

DECISION = ", ".join(fields.DECISION)
MESSAGE = ", ".join(fields.MESSAGE)
IN_LIST = "IN (SELECT value FROM json_each(?))"

INSERT_DECISION = (
    f"INSERT OR IGNORE INTO decisions ({DECISION})"
    f" VALUES ({', '.join(f':{name}' for name in fields.DECISION)})"
)
INSERT_MESSAGE = (
    f"INSERT OR IGNORE INTO messages ({MESSAGE})"
    f" VALUES ({', '.join(f':{name}' for name in fields.MESSAGE)})"
)


def json_list(values: Iterable[str]) -> str:
    """What IN_LIST takes."""
    return json.dumps(list(values))


def decision(row: Sequence[object]) -> Decision:
    """A row of the columns DECISION."""
    return fields.read_decision(dict(zip(fields.DECISION, row, strict=True)))


def message(row: Sequence[object]) -> Message:
    """A row of the columns MESSAGE."""
    return fields.read_message(dict(zip(fields.MESSAGE, row, strict=True)))


def replace_decision(connection: sqlite3.Connection, new: Decision, verdict: str) -> bool:
    """Put `new` in the place of its revision, if that still stands and has this verdict."""
    changing = [name for name in fields.DECISION if name not in ("id", "revision")]
    assignments = ", ".join(f"{name} = :{name}" for name in changing)
    changed = connection.execute(
        f"UPDATE decisions SET {assignments}, revision = revision + 1"
        " WHERE id = :id AND revision = :revision AND verdict = :expected",
        {**fields.decision_fields(new), "expected": verdict},
    )
    return changed.rowcount == 1


def customers(connection: sqlite3.Connection, ids: Iterable[str]) -> dict[str, Customer]:
    """Who each of `ids` stands for."""
    ids = list(ids)
    redirects = read_redirects(connection, ids)
    families = {id: family_of(id, redirects) for id in ids}
    keys = json_list({fields.customer_key(one) for family in families.values() for one in family})
    cases: dict[str, set[str]] = {}
    for key, case_id in connection.execute(
        f"SELECT key, case_id FROM open_cases WHERE key {IN_LIST}",
        (keys,),
    ):
        cases.setdefault(key, set()).add(case_id)
    columns = ("key", *fields.CUSTOMER, "erased")
    rows = connection.execute(
        f"SELECT {', '.join(columns)} FROM customers WHERE key {IN_LIST}", (keys,)
    )
    known = {row[0]: dict(zip(columns, row, strict=True)) for row in rows}
    return {
        id: fields.read_standing(id, survivor_of(id, redirects), family, known, cases)
        for id, family in families.items()
    }


def families(connection: sqlite3.Connection, ids: Iterable[str]) -> frozenset[str]:
    """All ids that stand for the same person as one of `ids`."""
    ids = list(ids)
    redirects = read_redirects(connection, ids)
    return frozenset[str]().union(*(family_of(id, redirects) for id in ids))


async def read_family(database: Database, customer: str) -> Sequence[str]:
    """All ids that stand for the same person as `customer`."""
    return sorted(await database.read(lambda connection: families(connection, [customer])))


def places(values: Sequence[object]) -> str:
    """A place for each value. With few of them SQLite goes by the index, unlike with IN_LIST."""
    return ", ".join("?" * len(values))
