"""Rows to domain values and back; many ids at once travel as one JSON array."""

import json
import sqlite3
from collections.abc import Iterable, Sequence

from services.notifier.domain.customer import Customer
from services.notifier.domain.decision import Decision
from services.notifier.domain.message import Message
from services.notifier.storage import fields

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
    """What is known of each of `ids`."""
    by_key = {fields.customer_key(id): id for id in ids}
    keys = json_list(by_key)
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
        id: fields.read_customer(id, known.get(key), cases.get(key, ()))
        for key, id in by_key.items()
    }
