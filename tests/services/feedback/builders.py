"""Builders of invitations, surveys and records."""

from datetime import UTC, datetime

import msgspec

from services.feedback.domain.case import Case, case_of_complaint
from services.feedback.domain.invitation import Invitation
from services.feedback.domain.response import Response, respond
from shared.clock import epoch_ms
from shared.contracts.acts import COMPLAINT
from shared.contracts.cloudevents import CloudEvent, kafka_binding
from shared.contracts.customers import CUSTOMER, Customer
from shared.contracts.engagement import ActRef
from shared.contracts.messages import DECIDED, Decided, Verdict
from shared.messaging.ports import Batch, Delivery, Record
from shared.programme.model import Scale, Survey

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
TIME = epoch_ms(NOW)
SECRET = "a secret for tests"


def make_ref(id: str = "1001", kind: str = "purchase") -> ActRef:
    return ActRef(source="/shop", id=id, type=f"io.requite.act.{kind}.v1", time=NOW.isoformat())


def make_survey() -> Survey:
    """0 to 10, where 6 is bad; in English and French."""
    return Survey(
        name="order",
        kind="nps",
        question={"en": "Would you recommend us?", "fr": "Nous recommanderiez-vous ?"},
        why={"en": "Why?", "fr": "Pourquoi ?"},
        scale=Scale(0, 10, {"en": "no", "fr": "non"}, {"en": "yes", "fr": "oui"}),
        bad_at_most=6,
    )


def make_invitation(
    customer: str = "c-1", message_id: str | None = "m-1", act: ActRef | None = None
) -> Invitation:
    return Invitation(customer, "order", TIME, message_id, act or make_ref())


def make_response(
    invitation: Invitation, value: int = 9, comment: str = "", later: int = 0
) -> Response:
    """A response `later` ms after NOW."""
    return respond(invitation, make_survey(), value, comment, "en", TIME + later)


def make_complaint(customer: str = "c-1", id: str = "k-1", later: int = 0) -> Case:
    """The case of a complaint `later` ms after NOW."""
    return case_of_complaint(customer, make_ref(id, "complaint"), "Broken.", TIME + later)


def make_event(type: str, data: object, customer: str | None = "c-1", id: str = "e-1") -> Record:
    """A record with a CloudEvent at NOW."""
    event = CloudEvent(
        id=id,
        source="/shop",
        type=type,
        subject=customer,
        time=NOW.isoformat(),
        datacontenttype="application/json",
        data=msgspec.json.encode(data),
    )
    headers, value = kafka_binding.encode(event)
    return Record((customer or "").encode(), value, headers)


def make_complaint_record(
    message: str = "Arrived broken.", customer: str | None = "c-1", id: str = "k-1"
) -> Record:
    return make_event(COMPLAINT, {"message": message}, customer, id)


def make_decision(
    message_id: str = "m-1", verdict: Verdict = "thanked", survey: str | None = "order"
) -> Record:
    decided = Decided(
        act=make_ref(), verdict=verdict, reason="rule", message_id=message_id, survey=survey
    )
    return make_event(DECIDED, decided)


def make_customer_record(
    customer: str = "c-1", locale: str | None = None, revision: int = 1
) -> Record:
    details = Customer(
        revision=revision,
        name="Ann",
        email="ann@example.org",
        locale=locale,
        excluded="staff",
        leaderboard_name="Ann of the harbour",
    )
    return make_event(CUSTOMER, details, customer)


def make_batch(topic: str, records: list[Record]) -> Batch:
    """All records as one batch from position 0."""
    return Batch(
        topic,
        0,
        0,
        len(records),
        [
            Delivery(topic, 0, offset, TIME, record.key, record.value, record.headers)
            for offset, record in enumerate(records)
        ],
    )
