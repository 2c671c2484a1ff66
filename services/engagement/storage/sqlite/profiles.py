"""Profiles from their rows."""

import json
import sqlite3
from collections.abc import Sequence
from typing import Any

from services.engagement.domain.profile import Profile
from services.engagement.storage.sqlite.watches import watch_of


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


def read_profiles(
    connection: sqlite3.Connection, book: int, customers: Sequence[str]
) -> dict[str, Profile]:
    """Profiles of those customers that have one in a book."""
    ids = json.dumps(list(customers))
    sums = _grouped(connection, "customer, dimension, total", f"sums_{book}", ids)
    acts = _grouped(connection, "customer, kind, count", f"acts_{book}", ids)
    money = _grouped(connection, "customer, currency, gross, refunded", f"money_{book}", ids)
    found = connection.execute(
        f"SELECT customer, first, last, watch FROM profiles_{book}"
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
            watch_of(watch),
        )
        for customer, first, last, watch in found
    }
