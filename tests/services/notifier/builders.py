"""Builders of occasions, customers, plans and records."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from services.notifier.domain.consent import Consent
from services.notifier.domain.customer import Customer
from services.notifier.domain.customer import Record as About
from services.notifier.domain.decision import Decision
from services.notifier.domain.message import Message
from services.notifier.domain.occasion import Occasion
from services.notifier.domain.planning import Plan, plan
from services.notifier.domain.policy import Policy, Route
from services.notifier.ports.customers import Told
from shared.clock import epoch_ms
from shared.contracts import customers, feedback
from shared.contracts.cloudevents import CloudEvent, kafka_binding
from shared.contracts.engagement import SCORED, ActRef, Scored
from shared.messaging.ports import Batch, Delivery, Record
from shared.programme.attention_rules import build_attention_rules
from shared.programme.thanks_rules import ThanksRule

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
TIME = epoch_ms(NOW)
DAY = 86_400_000
SECRET = "a secret for tests"
TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
PAYLOAD = {"order_id": "1001", "total": "42.50", "currency": "EUR"}
GRANTED = customers.Consent(
    purpose="thanks", channel="email", state="granted", time="2026-01-01T00:00:00Z"
)
AGREED = Consent(
    purpose="thanks",
    channel="email",
    state="granted",
    time=epoch_ms(datetime(2026, 1, 1, tzinfo=UTC)),
)
ROUTES = (
    Route("email", "email"),
    Route("sms", "phone"),
    Route("push", "push"),
    Route("inbox", "customer", needs_consent=False, disturbs=False),
)
ROOMY = ({"at_most": 1000, "per": "day"},)
"""A budget that is in nobody's way."""


def make_ref(id: str = "1001", kind: str = "purchase", time: datetime = NOW) -> ActRef:
    return ActRef(source="/shop", id=id, type=f"io.requite.act.{kind}.v1", time=time.isoformat())


def make_occasion(
    id: str = "1001", customer: str = "c-1", kind: str = "purchase", day: float = 0, **more: Any
) -> Occasion:
    """An act of the kind `day` days after NOW."""
    time = NOW + timedelta(days=day)
    known = {"data": msgspec.json.encode(PAYLOAD), "trace": TRACE, "order": "1001", **more}
    return Occasion(make_ref(id, kind, time), customer, kind, epoch_ms(time), **known)


def make_rule(name: str = "purchase", **changes: Any) -> ThanksRule:
    """Thanks by mail for purchases, with a survey, each by itself."""
    known: dict[str, Any] = {
        "on": "purchase",
        "templates": ("order-thanks",),
        "channels": ("email",),
        "stale_after": timedelta(days=7),
        "survey": "order",
        "merges": None,
    }
    return ThanksRule(name, **{**known, **changes})


def make_policy(
    *rules: ThanksRule,
    routes: Iterable[Route] = ROUTES,
    time_zone: str = "Europe/Madrid",
    **attention: Any,
) -> Policy:
    """The rules (those of make_rule where none are given), with room for everything and the
    defaults of attention.yaml; `attention` has its keys."""
    return Policy(
        rules=rules or (make_rule(),),
        routes={route.name: route for route in routes},
        attention=build_attention_rules({"budget": ROOMY, **attention}),
        time_zone=time_zone,
    )


def make_customer(id: str = "c-1", **changes: Any) -> Customer:
    """Somebody who can be thanked; `changes` of a Customer or of their record."""
    known = {"revision": 1, "name": "Ada", "email": "ada@example.org", "locale": "en"}
    told = {name: changes.pop(name) for name in About.__struct_fields__ if name in changes}
    return Customer(id, **{"record": About(**{**known, **told}), "consents": (AGREED,), **changes})


def tell(customer: Customer) -> Told:
    """What customers.v1 says of somebody who has a record."""
    assert customer.record is not None
    return Told(customer.id, customer.record, customer.consents)


def make_plan(
    *occasions: Occasion,
    customer: Customer | None = None,
    held: Iterable[Decision] = (),
    policy: Policy | None = None,
    now: int = TIME,
) -> Plan:
    """What is decided about the occasions (one of make_occasion, where there is nothing at all)
    of the customer, else of the first one's."""
    held = tuple(held)
    occasions = occasions or (() if held else (make_occasion(),))
    first = [*occasions, *(decision.occasion for decision in held)][0]
    customer = customer or make_customer(first.customer)
    return plan(customer, held, occasions, policy or make_policy(), now)


def make_decision(
    occasion: Occasion | None = None, customer: Customer | None = None, now: int = TIME
) -> tuple[Decision, Message | None]:
    """What is decided about one occasion, and the message that this asks for."""
    made = make_plan(*([occasion] if occasion else []), customer=customer, now=now)
    return made.new[0], (made.messages or (None,))[0]


def without_attention(customer: Customer) -> Customer:
    """All of somebody but what was charged to them."""
    return replace(customer, attention=Customer("").attention)


def make_record(type: str, data: object, customer: str | None = "c-1", **more: Any) -> Record:
    event = CloudEvent(
        id="e-1",
        source="/test",
        type=type,
        subject=customer,
        time=NOW.isoformat(),
        datacontenttype="application/json",
        extensions={"traceparent": TRACE},
        data=msgspec.json.encode(data),
    )
    headers, value = kafka_binding.encode(event)
    return Record((customer or "c-1").encode(), value, headers)


def scored(occasion: Occasion) -> Record:
    """The record by which engagement announces an act."""
    data = Scored(
        act=occasion.ref,
        data=msgspec.Raw(occasion.data),
        dimension="commerce",
        points=4.25,
        formula="0" * 12,
        note=occasion.note,
    )
    return make_record(SCORED, data, occasion.customer)


def customer_record(id: str = "c-1", **changes: Any) -> Record:
    """A customer as customers.v1 has them, with consent to thanks."""
    known: dict[str, Any] = {
        "revision": 1,
        "name": "Ada",
        "email": "ada@example.org",
        "locale": "en",
        "consents": (GRANTED,),
        "leaderboard_name": "Ada of the harbour",
    }
    return make_record(customers.CUSTOMER, customers.Customer(**{**known, **changes}), id)


def case_record(id: str = "c-1", case_id: str = "k-1", *, is_open: bool) -> Record:
    """A case opened or closed."""
    if is_open:
        opened = feedback.CaseOpened(case_id=case_id, cause="complaint")
        return make_record(feedback.CASE_OPENED, opened, id)
    return make_record(feedback.CASE_CLOSED, feedback.CaseClosed(case_id=case_id), id)


def make_batch(topic: str, *records: Record) -> Batch:
    """The records as the consumer hands them over."""
    deliveries = [
        Delivery(topic, 0, offset, TIME, r.key, r.value, r.headers)
        for offset, r in enumerate(records)
    ]
    return Batch(topic, 0, 0, len(deliveries), deliveries)
