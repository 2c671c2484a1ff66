"""Domain values as flat fields, named alike in both stores: columns here, members there."""

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

from services.notifier.domain.act import Act
from services.notifier.domain.customer import Customer
from services.notifier.domain.decision import Decision
from services.notifier.domain.message import Message, Text
from shared.contracts.engagement import ActRef

Fields = dict[str, Any]

CUSTOMER = ("revision", "name", "email", "locale", "thanks", "surveys", "merged_into", "customer")
DECISION = (
    *("id", "customer", "act_source", "act_id", "act_type", "act_time", "kind", "time", "data"),
    *("trace", "verdict", "reason", "decided_at", "rule", "message_id", "survey", "held_until"),
    *("due", "announced", "revision"),
)
MESSAGE = (
    *("id", "decision_id", "customer", "rule", "channel", "created_at", "due", "status"),
    *("attempts", "code", "finished_at", "subject", "body", "language", "trace", "announced"),
)


def customer_key(customer: str) -> str:
    """What stands for a customer's id where it must not outlive them."""
    return hashlib.sha256(customer.encode()).hexdigest()


def customer_fields(customer: Customer) -> Fields:
    """All that customers.v1 says; the id in plain only of those who were merged."""
    fields = {name: getattr(customer, name, None) for name in CUSTOMER}
    return fields | {"customer": customer.id if customer.merged_into else None}


def read_customer(id: str, known: Mapping[str, Any] | None, open_cases: Iterable[str]) -> Customer:
    """The customer with this id, of whom `known` is what was written, None where nothing was."""
    known = known or {}
    return Customer(
        id,
        revision=known.get("revision"),
        name=known.get("name"),
        email=known.get("email"),
        locale=known.get("locale"),
        thanks=known.get("thanks"),
        surveys=known.get("surveys"),
        open_cases=frozenset(open_cases),
        erased=bool(known.get("erased")),
    )


def read_standing(
    id: str,
    survivor: str,
    family: Iterable[str],
    known: Mapping[str, Mapping[str, Any]],
    cases: Mapping[str, Iterable[str]],
) -> Customer:
    """Who `id` stands for: the survivor with the cases of the family; `known` and `cases` by key.

    An erasure counts where it was told: that of the survivor reaches the others by themselves.
    """
    own = known.get(customer_key(id), {})
    if own.get("erased"):
        return Customer(id, erased=True)
    standing = known.get(customer_key(survivor), {})
    if standing.get("erased") or standing.get("merged_into"):
        standing = {}  # Nobody to write to: what stands instead is still under way.
    return read_customer(
        survivor, standing, (case for one in family for case in cases.get(customer_key(one), ()))
    )


def decision_fields(decision: Decision) -> Fields:
    """A decision by the names of DECISION."""
    act = decision.act
    return {
        "id": decision.id,
        "customer": act.customer,
        "act_source": act.ref.source,
        "act_id": act.ref.id,
        "act_type": act.ref.type,
        "act_time": act.ref.time,
        "kind": act.kind,
        "time": act.time,
        "data": act.data or None,
        "trace": act.trace,
        "verdict": decision.verdict,
        "reason": decision.reason,
        "decided_at": decision.decided_at,
        "rule": decision.rule,
        "message_id": decision.message_id,
        "survey": decision.survey,
        "held_until": decision.held_until,
        "due": decision.due,
        "announced": decision.announced,
        "revision": decision.revision,
    }


def read_decision(fields: Mapping[str, Any]) -> Decision:
    """The decision that was written as these fields."""
    ref = ActRef(
        source=fields["act_source"],
        id=fields["act_id"],
        type=fields["act_type"],
        time=fields["act_time"],
    )
    act = Act(
        ref=ref,
        customer=fields["customer"],
        kind=fields["kind"],
        time=fields["time"],
        data=bytes(fields.get("data") or b""),
        trace=fields.get("trace"),
    )
    return Decision(
        id=fields["id"],
        act=act,
        verdict=fields["verdict"],
        reason=fields["reason"],
        decided_at=fields["decided_at"],
        rule=fields.get("rule"),
        message_id=fields.get("message_id"),
        survey=fields.get("survey"),
        held_until=fields.get("held_until"),
        due=fields.get("due"),
        announced=bool(fields["announced"]),
        revision=fields["revision"],
    )


def message_fields(message: Message) -> Fields:
    """A message by the names of MESSAGE."""
    text = message.text
    fields = {name: getattr(message, name, None) for name in MESSAGE}
    if text is not None:
        fields |= {"subject": text.subject, "body": text.body, "language": text.language}
    return fields


def read_message(fields: Mapping[str, Any]) -> Message:
    """The message that was written as these fields."""
    subject, body = fields.get("subject"), fields.get("body")
    text = None
    if subject is not None and body is not None:
        text = Text(subject, body, fields["language"])
    return Message(
        id=fields["id"],
        decision_id=fields["decision_id"],
        customer=fields["customer"],
        rule=fields["rule"],
        channel=fields["channel"],
        created_at=fields["created_at"],
        due=fields.get("due"),
        status=fields["status"],
        attempts=fields["attempts"],
        code=fields.get("code"),
        finished_at=fields.get("finished_at"),
        text=text,
        trace=fields.get("trace"),
        announced=bool(fields["announced"]),
    )
