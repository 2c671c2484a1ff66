"""Plans, checked and then written within one transaction."""

import sqlite3
from collections.abc import Collection, Iterable, Mapping, Sequence

from services.notifier.domain.attention import Charge, released
from services.notifier.domain.planning import Plan
from services.notifier.storage import fields
from services.notifier.storage.fields import CHARGES, SEEN, customer_key
from services.notifier.storage.sqlite import rows

_INSERT_DECISION = f"INSERT INTO decisions ({rows.DECISION}) VALUES ({rows.named(fields.DECISION)})"
_REPLACE_DECISION = (
    "UPDATE decisions SET "
    + ", ".join(f"{name} = :{name}" for name in fields.DECISION if name not in ("id", "revision"))
    + ", revision = revision + 1 WHERE id = :id"
)
_INSERT_MESSAGE = (
    f"INSERT OR IGNORE INTO messages ({rows.MESSAGE}) VALUES ({rows.named(fields.MESSAGE)})"
)
_MOVE_ON = (
    "INSERT INTO customers (key, attention_revision) VALUES (?, 1) ON CONFLICT (key)"
    " DO UPDATE SET attention_revision = attention_revision + 1 WHERE erased = 0"
)


def carry_out(connection: sqlite3.Connection, plans: Sequence[Plan]) -> set[str]:
    """Write those that still hold; the customers of the others."""
    refused = overtaken(connection, plans)
    held = [plan for plan in plans if plan.customer not in refused]
    new = [fields.decision_fields(one) for plan in held for one in plan.new]
    connection.executemany(_INSERT_DECISION, new)
    changed = [fields.decision_fields(one) for plan in held for one in plan.changed]
    connection.executemany(_REPLACE_DECISION, changed)
    messages = [fields.message_fields(one) for plan in held for one in plan.messages]
    connection.executemany(_INSERT_MESSAGE, messages)
    moving = [plan.customer for plan in held if (plan.charges, plan.seen) != (None, None)]
    move_on(connection, moving)
    charge(connection, {p.customer: p.charges for p in held if p.charges is not None})
    seen = [(SEEN.write(p.seen), customer_key(p.customer)) for p in held if p.seen is not None]
    connection.executemany("UPDATE customers SET seen = ? WHERE key = ? AND erased = 0", seen)
    return refused


def overtaken(connection: sqlite3.Connection, plans: Sequence[Plan]) -> set[str]:
    """The customers of plans that no longer hold."""
    decisions = {one.id for plan in plans for one in (*plan.new, *plan.changed)}
    revisions: dict[str, int] = dict(
        connection.execute(
            f"SELECT id, revision FROM decisions WHERE id {rows.IN_LIST}",
            (rows.json_list(decisions),),
        ).fetchall()
    )
    concerned = {one.occasion.customer for plan in plans for one in plan.new}
    attention, erased = _attention(connection, {*concerned, *(plan.customer for plan in plans)})
    refused: set[str] = set()
    for plan in plans:
        if _holds(plan, attention, revisions, erased):
            revisions |= {one.id: one.revision for one in plan.new}
        else:
            refused.add(plan.customer)
    return refused


def _holds(
    plan: Plan, attention: Mapping[str, int], revisions: Mapping[str, int], erased: Collection[str]
) -> bool:
    return (
        (plan.revision is None or plan.revision == attention.get(plan.customer, 0))
        and not any(one.id in revisions or one.occasion.customer in erased for one in plan.new)
        and all(revisions.get(one.id) == one.revision for one in plan.changed)
    )


def _attention(
    connection: sqlite3.Connection, customers: Iterable[str]
) -> tuple[dict[str, int], set[str]]:
    """The revision of each one's attention where there is one, and who was erased; theirs is 0."""
    keys = {customer_key(customer): customer for customer in customers}
    found = connection.execute(
        f"SELECT key, attention_revision, erased FROM customers WHERE key {rows.IN_LIST}",
        (rows.json_list(keys),),
    )
    kept = [(keys[key], revision, erased) for key, revision, erased in found]
    revisions = {customer: revision for customer, revision, _ in kept}
    return revisions, {customer for customer, _, is_erased in kept if is_erased}


def move_on(connection: sqlite3.Connection, customers: Iterable[str]) -> None:
    """Whatever was planned on the attention of these as it stands, holds no more."""
    connection.executemany(_MOVE_ON, [(customer_key(customer),) for customer in customers])


def is_at(connection: sqlite3.Connection, customer: str, revision: int) -> bool:
    """Whether the attention of somebody is at `revision`."""
    revisions, _ = _attention(connection, [customer])
    return revisions.get(customer, 0) == revision


def charge(connection: sqlite3.Connection, charges: Mapping[str, tuple[Charge, ...]]) -> None:
    """Keep the charges of survivors. What others who stand for the same have is theirs if a merge
    is undone, but for what was given back since."""
    _write_charges(connection, charges)
    for customer, family in rows.families(connection, charges).items():
        if len(family.ids) > 1:
            left = {charge.message for charge in charges[customer]}
            kept = _charges(connection, family.ids)
            still = {id: tuple(c for c in own if c.message in left) for id, own in kept.items()}
            _write_charges(connection, still)


def release(connection: sqlite3.Connection, customer: str, message: str) -> None:
    """Give back what a message took, wherever that was charged."""
    family = rows.families(connection, [customer])[customer]
    kept = _charges(connection, family.ids)
    _write_charges(connection, {id: released(own, message) for id, own in kept.items()})
    move_on(connection, [family.survivor])


def _charges(
    connection: sqlite3.Connection, customers: Sequence[str]
) -> dict[str, tuple[Charge, ...]]:
    keys = {customer_key(customer): customer for customer in customers}
    found = connection.execute(
        f"SELECT key, charges FROM customers WHERE key IN ({rows.places(customers)})", list(keys)
    )
    return {keys[key]: CHARGES.read(text) for key, text in found}


def _write_charges(
    connection: sqlite3.Connection, charges: Mapping[str, tuple[Charge, ...]]
) -> None:
    connection.executemany(
        "UPDATE customers SET charges = ? WHERE key = ? AND erased = 0",
        [(CHARGES.write(kept), customer_key(customer)) for customer, kept in charges.items()],
    )
