"""What a sender does with a message that it alone may work on."""

import sqlite3
from collections.abc import Sequence
from itertools import islice

from services.notifier.domain.customer import Customer
from services.notifier.domain.decision import Decision
from services.notifier.domain.message import Message
from services.notifier.ports.messages import Begin, Claim, Finish, Retry
from services.notifier.storage.fields import text_fields
from services.notifier.storage.sqlite import plans, rows

_HELD = "id = ? AND token = ? AND status <> 'erased'"
_OPEN = "due IS NOT NULL AND status <> 'erased'"
_OTHERS = 4
"""How many messages are looked at for one that is claimed: of one person only the first is."""


def channels(connection: sqlite3.Connection) -> list[str]:
    """Those with messages that are not done: one look into the index for each."""
    found = connection.execute(
        "WITH RECURSIVE one (channel) AS ("
        f" SELECT min(channel) FROM messages WHERE {_OPEN}"
        f" UNION ALL SELECT (SELECT min(channel) FROM messages WHERE {_OPEN}"
        " AND channel > one.channel) FROM one WHERE one.channel IS NOT NULL)"
        " SELECT channel FROM one WHERE channel IS NOT NULL"
    )
    return [channel for (channel,) in found]


def claim(
    connection: sqlite3.Connection, channel: str, token: str, now: int, until: int, most: int
) -> list[Claim]:
    """Lease what is longest due, each of another person."""
    erased = connection.execute(
        "SELECT id FROM messages WHERE status = 'erased' AND due <= ? ORDER BY due LIMIT ?",
        (now, most),
    )
    ids = [id for (id,) in erased]
    waiting = connection.execute(
        "SELECT id, customer FROM messages"
        " WHERE channel = ? AND due <= ? AND status <> 'erased' ORDER BY due LIMIT ?",
        (channel, now, (most - len(ids)) * _OTHERS),
    ).fetchall()
    families = rows.families(connection, {customer for _, customer in waiting})
    first: dict[str, str] = {}
    for id, customer in waiting:
        first.setdefault(families[customer].survivor, id)
    ids += islice(first.values(), most - len(ids))
    found = connection.execute(
        f"UPDATE messages SET token = ?, due = ? WHERE id {rows.IN_LIST} RETURNING {rows.MESSAGE}",
        (token, until, rows.json_list(ids)),
    )
    by_id = {message.id: message for message in map(rows.message, found.fetchall())}
    return _completed(connection, token, [by_id[id] for id in ids])


def _completed(connection: sqlite3.Connection, token: str, messages: list[Message]) -> list[Claim]:
    customers = rows.customers(connection, {one.customer for one in messages if one.customer})
    customers[""] = Customer("", erased=True)
    about: dict[str | None, list[Decision]] = {}
    found = connection.execute(
        f"SELECT {rows.DECISION} FROM decisions WHERE message_id {rows.IN_LIST} ORDER BY time, id",
        (rows.json_list(one.id for one in messages if one.customer),),
    )
    for decision in map(rows.decision, found):
        about.setdefault(decision.message_id, []).append(decision)
    return [
        Claim(
            token,
            one,
            tuple(sorted(about.get(one.id, ()), key=lambda d: d.id != one.decision_id)),
            customers[one.customer],
        )
        for one in messages
    ]


def renew(connection: sqlite3.Connection, claims: Sequence[Claim], until: int) -> None:
    """Hold on to what the claims still hold, even if it was erased meanwhile."""
    connection.executemany(
        "UPDATE messages SET due = ? WHERE id = ? AND token = ?",
        [(until, claim.message.id, claim.token) for claim in claims],
    )


def begin(connection: sqlite3.Connection, step: Begin) -> bool:
    """Charge the person and note the text, if their attention is where it was."""
    person = step.claim.customer.id
    if not plans.is_at(connection, person, step.revision):
        return False
    text = text_fields(step.text)
    assignments = ", ".join(f"{name} = ?" for name in text)
    if not _update(
        connection,
        step.claim,
        f"status = 'sending', attempts = attempts + 1, {assignments}",
        *text.values(),
    ):
        return False
    plans.move_on(connection, [person])
    plans.charge(connection, {person: step.charges})
    return True


def retry(connection: sqlite3.Connection, step: Retry) -> bool:
    """Let it wait."""
    assignments = "status = ?, token = NULL, due = ?, code = ?"
    status = "sending" if step.may_have_arrived else "waiting"
    return _update(connection, step.claim, assignments, status, step.due, step.code)


def finish(connection: sqlite3.Connection, step: Finish) -> bool:
    """Keep the outcome, unless there is a plan and it holds no more."""
    id = step.claim.message.id
    plan = step.plan
    if not _holds(connection, step.claim) or (plan and plans.carry_out(connection, [plan])):
        return False
    if step.outcome == "failed":
        plans.release(connection, step.claim.message.customer, id)
    connection.execute("UPDATE decisions SET data = NULL WHERE message_id = ?", (id,))
    return _update(
        connection,
        step.claim,
        "status = ?, finished_at = ?, code = ?, announced = 0, due = NULL, token = NULL",
        *(step.outcome, step.now, step.code),
    )


def give_up(connection: sqlite3.Connection, claim: Claim) -> bool:
    """Drop a message that has not begun."""
    dropped = connection.execute(
        f"DELETE FROM messages WHERE {_HELD} AND status = 'waiting'",
        (claim.message.id, claim.token),
    )
    return dropped.rowcount == 1


def _holds(connection: sqlite3.Connection, claim: Claim) -> bool:
    statement = f"SELECT 1 FROM messages WHERE {_HELD}"
    return connection.execute(statement, (claim.message.id, claim.token)).fetchone() is not None


def _update(
    connection: sqlite3.Connection, claim: Claim, assignments: str, *values: object
) -> bool:
    changed = connection.execute(
        f"UPDATE messages SET {assignments} WHERE {_HELD}",
        (*values, claim.message.id, claim.token),
    )
    return changed.rowcount == 1
