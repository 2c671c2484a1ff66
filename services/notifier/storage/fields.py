"""Domain values as flat fields, named alike in both stores: columns here, members there."""

import hashlib
from collections.abc import Iterable, Mapping
from functools import reduce
from typing import Any, Generic, TypeVar

import msgspec

from services.notifier.domain import consent, marks
from services.notifier.domain.attention import Attention, Charge
from services.notifier.domain.consent import Consent
from services.notifier.domain.customer import Customer, Record, Standing
from services.notifier.domain.decision import Decision
from services.notifier.domain.marks import Mark
from services.notifier.domain.message import Message, Text
from services.notifier.domain.occasion import Occasion
from services.notifier.domain.preferences import Preferences, stricter
from services.notifier.domain.suppression import address_digest
from shared.contracts.engagement import ActRef

T = TypeVar("T")
Fields = dict[str, Any]

DECISION = (
    *("id", "customer", "act_source", "act_id", "act_type", "act_time", "kind", "time", "data"),
    *("trace", "order_id", "verdict", "reason", "arrived_at", "decided_at", "rule", "purpose"),
    *("channel", "message_id", "merged_into", "survey", "held_until", "due", "tried"),
    *("announced", "revision"),
)
MESSAGE = (
    *("id", "decision_id", "customer", "rule", "purpose", "channel", "created_at", "since", "due"),
    *("status", "attempts", "code", "finished_at", "subject", "body", "html", "language"),
    *("trace", "order_id", "read_at", "announced"),
)
CUSTOMER = (
    *("record", "standing", "consents", "preferences", "marks", "charges", "seen"),
    *("attention_revision", "merged_into", "erased"),
)
"""What is read of one id; each of the first row is a Part."""


class Part(Generic[T]):
    """JSON text of a part of a customer; None stands for what it is `at_first`."""

    def __init__(self, type: Any, at_first: T) -> None:
        self._decoder: msgspec.json.Decoder[T] = msgspec.json.Decoder(type)
        self._at_first = at_first

    def read(self, text: str | None) -> T:
        return self._at_first if text is None else self._decoder.decode(text)

    def write(self, value: T) -> str | None:
        return None if value == self._at_first else msgspec.json.encode(value).decode()


RECORD = Part[Record | None](Record | None, None)
STANDING = Part(Standing, Standing())
CONSENTS = Part[tuple[Consent, ...]](tuple[Consent, ...], ())
PREFERENCES = Part(Preferences, Preferences())
MARKS = Part[tuple[Mark, ...]](tuple[Mark, ...], ())
CHARGES = Part[tuple[Charge, ...]](tuple[Charge, ...], ())
SEEN = Part[Mapping[str, str]](dict[str, str], {})
_TRIED = Part[tuple[str, ...]](tuple[str, ...], ())


def customer_key(customer: str) -> str:
    """What stands for a customer's id where it must not outlive them."""
    return hashlib.sha256(customer.encode()).hexdigest()


def address_digests(record: Record, key: str) -> frozenset[str]:
    """What stands for each of somebody's addresses."""
    own = {"email": record.email, "phone": record.phone, **record.addresses}
    return frozenset(address_digest(key, kind, at) for kind, at in own.items() if at)


def read_customer(id: str, known: Mapping[str, Any] | None, cases: Iterable[str]) -> Customer:
    """What is kept under `id` alone: `known` by the names of CUSTOMER, None where there is nothing.

    One who was erased or merged has no record: there is nobody to write to.
    """
    known = known or {}
    has_record = not known.get("erased") and known.get("merged_into") is None
    return Customer(
        id,
        record=RECORD.read(known.get("record")) if has_record else None,
        standing=STANDING.read(known.get("standing")),
        consents=CONSENTS.read(known.get("consents")),
        preferences=PREFERENCES.read(known.get("preferences")),
        open_cases=frozenset(cases),
        marks=MARKS.read(known.get("marks")),
        attention=Attention(
            CHARGES.read(known.get("charges")), known.get("attention_revision") or 0
        ),
        seen=SEEN.read(known.get("seen")),
        erased=bool(known.get("erased")),
    )


def together(survivor: Customer, family: Iterable[Customer]) -> Customer:
    """The person for whom `survivor` answers; `family` are all ids that stand for the same, the
    survivor's among them. Each is what is kept under that id alone (`read_customer`)."""
    others = sorted((one for one in family if one.id != survivor.id), key=lambda one: one.id)
    everybody = (survivor, *others)
    return Customer(
        survivor.id,
        record=survivor.record,
        standing=survivor.standing,
        consents=reduce(consent.together, (one.consents for one in everybody)),
        preferences=reduce(stricter, (one.preferences for one in everybody)),
        open_cases=frozenset[str]().union(*(one.open_cases for one in everybody)),
        marks=reduce(marks.joined, (one.marks for one in everybody)),
        attention=Attention(
            _all_charges(one.attention.charges for one in everybody), survivor.attention.revision
        ),
        seen={kind: first for one in reversed(everybody) for kind, first in one.seen.items()},
    )


def _all_charges(parts: Iterable[Iterable[Charge]]) -> tuple[Charge, ...]:
    """Of two for one message the later."""
    in_order = sorted((c for part in parts for c in part), key=lambda c: (c.at, c.message))
    last = {charge.message: charge for charge in in_order}
    return tuple(charge for charge in in_order if last[charge.message] is charge)


def decision_fields(decision: Decision) -> Fields:
    """A decision by the names of DECISION."""
    occasion = decision.occasion
    return {
        "id": decision.id,
        "customer": occasion.customer,
        "act_source": occasion.ref.source,
        "act_id": occasion.ref.id,
        "act_type": occasion.ref.type,
        "act_time": occasion.ref.time,
        "kind": occasion.kind,
        "time": occasion.time,
        "data": occasion.data or None,
        "trace": occasion.trace,
        "order_id": occasion.order,
        "verdict": decision.verdict,
        "reason": decision.reason,
        "arrived_at": decision.arrived_at,
        "decided_at": decision.decided_at,
        "rule": decision.rule,
        "purpose": decision.purpose,
        "channel": decision.channel,
        "message_id": decision.message_id,
        "merged_into": decision.merged_into,
        "survey": decision.survey,
        "held_until": decision.held_until,
        "due": decision.due,
        "tried": _TRIED.write(decision.tried),
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
    occasion = Occasion(
        ref=ref,
        customer=fields["customer"],
        kind=fields["kind"],
        time=fields["time"],
        data=bytes(fields.get("data") or b""),
        trace=fields.get("trace"),
        order=fields.get("order_id"),
    )
    return Decision(
        id=fields["id"],
        occasion=occasion,
        verdict=fields["verdict"],
        reason=fields["reason"],
        arrived_at=fields["arrived_at"],
        decided_at=fields["decided_at"],
        rule=fields.get("rule"),
        purpose=fields.get("purpose"),
        channel=fields.get("channel"),
        message_id=fields.get("message_id"),
        merged_into=fields.get("merged_into"),
        survey=fields.get("survey"),
        held_until=fields.get("held_until"),
        due=fields.get("due"),
        tried=_TRIED.read(fields.get("tried")),
        announced=bool(fields["announced"]),
        revision=fields["revision"],
    )


def text_fields(text: Text | None) -> Fields:
    """A message's text, by those names of MESSAGE that are its."""
    names = ("subject", "body", "html", "language")
    return {name: getattr(text, name, None) for name in names}


def message_fields(message: Message) -> Fields:
    """A message by the names of MESSAGE."""
    fields = {name: getattr(message, name, None) for name in MESSAGE}
    return fields | text_fields(message.text) | {"order_id": message.order}


def read_message(fields: Mapping[str, Any]) -> Message:
    """The message that was written as these fields."""
    subject, body = fields.get("subject"), fields.get("body")
    text = None
    if subject is not None and body is not None:
        text = Text(subject, body, fields["language"], fields.get("html"))
    return Message(
        id=fields["id"],
        decision_id=fields["decision_id"],
        customer=fields["customer"],
        rule=fields["rule"],
        purpose=fields["purpose"],
        channel=fields["channel"],
        created_at=fields["created_at"],
        since=fields["since"],
        due=fields.get("due"),
        status=fields["status"],
        attempts=fields["attempts"],
        code=fields.get("code"),
        finished_at=fields.get("finished_at"),
        text=text,
        trace=fields.get("trace"),
        order=fields.get("order_id"),
        read_at=fields.get("read_at"),
        announced=bool(fields["announced"]),
    )
