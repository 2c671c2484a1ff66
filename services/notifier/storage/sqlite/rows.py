"""Rows to domain values and back; many ids at once travel as one JSON array."""

import json
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from services.notifier.domain.customer import Customer
from services.notifier.domain.decision import Decision
from services.notifier.domain.message import Message
from services.notifier.storage import fields
from shared.merging import survivor_of
from shared.storage.redirects import read_redirects
from shared.storage.sqlite import Database

DECISION = ", ".join(fields.DECISION)
MESSAGE = ", ".join(fields.MESSAGE)
IN_LIST = "IN (SELECT value FROM json_each(?))"


def json_list(values: Iterable[str]) -> str:
    """What IN_LIST takes."""
    return json.dumps(list(values))


def places(values: Sequence[object]) -> str:
    """A place for each value. With few of them SQLite goes by the index, unlike with IN_LIST."""
    return ", ".join("?" * len(values))


def named(names: Iterable[str]) -> str:
    """A place for each name."""
    return ", ".join(f":{name}" for name in names)


def decision(row: Sequence[object]) -> Decision:
    """A row of the columns DECISION."""
    return fields.read_decision(dict(zip(fields.DECISION, row, strict=True)))


def message(row: Sequence[object]) -> Message:
    """A row of the columns MESSAGE."""
    return fields.read_message(dict(zip(fields.MESSAGE, row, strict=True)))


def customers(connection: sqlite3.Connection, ids: Iterable[str]) -> dict[str, Customer]:
    """Who each of `ids` stands for."""
    known = families(connection, ids)
    own = _each_alone(connection, {one for family in known.values() for one in family.ids})
    return {
        id: Customer(id, erased=True)
        if own[id].erased
        else fields.together(own[family.survivor], (own[one] for one in family.ids))
        for id, family in known.items()
    }


@dataclass(frozen=True, slots=True)
class Family:
    """All `ids` that stand for one person, sorted, and the one that answers for them."""

    survivor: str
    ids: Sequence[str]


def families(connection: sqlite3.Connection, ids: Iterable[str]) -> dict[str, Family]:
    """Those who stand for the same person as each of `ids`."""
    ids = list(ids)
    redirects = read_redirects(connection, ids)
    survivors = {id: survivor_of(id, redirects) for id in {*ids, *redirects}}
    members: dict[str, set[str]] = {}
    for id, survivor in survivors.items():
        members.setdefault(survivor, {survivor}).add(id)
    return {id: Family(survivors[id], sorted(members[survivors[id]])) for id in ids}


async def read_family(database: Database, customer: str) -> Sequence[str]:
    """All ids that stand for the same person as `customer`."""
    known = await database.read(lambda connection: families(connection, [customer]))
    return known[customer].ids


def _each_alone(connection: sqlite3.Connection, ids: Iterable[str]) -> dict[str, Customer]:
    keys = {fields.customer_key(id): id for id in ids}
    asked = (json_list(keys),)
    cases: dict[str, set[str]] = {}
    for key, case_id in connection.execute(
        f"SELECT key, case_id FROM open_cases WHERE key {IN_LIST}", asked
    ):
        cases.setdefault(key, set()).add(case_id)
    found = connection.execute(
        f"SELECT key, {', '.join(fields.CUSTOMER)} FROM customers WHERE key {IN_LIST}", asked
    )
    known = {key: dict(zip(fields.CUSTOMER, row, strict=True)) for key, *row in found}
    return {
        id: fields.read_customer(id, known.get(key), cases.get(key, ())) for key, id in keys.items()
    }
