"""Builders of acts, customers, decisions and records."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from services.notifier.domain.act import Act
from services.notifier.domain.customer import Customer
from services.notifier.domain.decision import Decision, decide
from services.notifier.domain.message import Message, message_for
from shared.clock import epoch_ms
from shared.contracts import customers, feedback
from shared.contracts.cloudevents import CloudEvent, kafka_binding
from shared.contracts.engagement import SCORED, ActRef, Scored
from shared.messaging.ports import Batch, Delivery, Record
from shared.programme.model import ThanksRule

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
TIME = epoch_ms(NOW)
DAY = 86_400_000
SECRET = "a secret for tests"
TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
PAYLOAD = {"order_id": "1001", "total": "42.50", "currency": "EUR"}
GRANTED = customers.Consent(
    purpose="thanks", channel="email", state="granted", time="2026-01-01T00:00:00Z"
)


def make_ref(id: str = "1001", kind: str = "purchase", time: datetime = NOW) -> ActRef:
    return ActRef(source="/shop", id=id, type=f"io.requite.act.{kind}.v1", time=time.isoformat())


def make_act(
    id: str = "1001", customer: str = "c-1", kind: str = "purchase", day: float = 0
) -> Act:
    """An act `day` days after NOW."""
    time = NOW + timedelta(days=day)
    return Act(
        ref=make_ref(id, kind, time),
        customer=customer,
        kind=kind,
        time=epoch_ms(time),
        data=msgspec.json.encode(PAYLOAD),
        trace=TRACE,
    )


def make_rule(
    stale_after: timedelta | None = timedelta(days=7), survey: str | None = "order"
) -> ThanksRule:
    return ThanksRule("purchase", "purchase", "order-thanks", ("email",), stale_after, survey)


def make_customer(id: str = "c-1", **changes: Any) -> Customer:
    """Somebody who can be thanked."""
    known: dict[str, Any] = {
        "revision": 1,
        "name": "Ada",
        "email": "ada@example.org",
        "locale": "en",
        "thanks": "granted",
    }
    return Customer(id, **{**known, **changes})


def make_decision(
    act: Act | None = None, customer: Customer | None = None, now: int = TIME
) -> tuple[Decision, Message | None]:
    """What is decided about `act`, and the message that this asks for."""
    act = act or make_act()
    rule = make_rule() if act.kind == "purchase" else None
    decision = decide(act, rule, customer or make_customer(act.customer), now)
    assert decision is not None
    return decision, message_for(decision, "email")


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


def scored(act: Act) -> Record:
    """The record by which engagement announces `act`."""
    data = Scored(
        act=act.ref,
        data=msgspec.Raw(act.data),
        dimension="commerce",
        points=4.25,
        formula="0" * 12,
        note=act.note,
    )
    return make_record(SCORED, data, act.customer)


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
