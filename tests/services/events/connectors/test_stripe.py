"""Stripe: the suite, and what sessions, refunds and charges mean."""

import hashlib
import hmac
import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest

from services.events.connectors.port import Reading
from services.events.domain.identity import Link, Person
from shared.errors import Invalid
from shared.webhooks.delivery import Delivery, SignatureRefused
from tests.services.events.builders import NOW
from tests.services.events.connectors.shelf import sample
from tests.services.events.connectors.suite import (
    ConnectorSuite,
    Told,
    email_alias,
    make_connector,
)

PAID = 1_780_000_000


def make_event(kind: str, thing: Any, **members: Any) -> dict[str, Any]:
    return {
        "id": "evt_1",
        "object": "event",
        "type": kind,
        "created": PAID,
        "livemode": True,
        "data": {"object": thing},
    } | members


def make_session(**members: Any) -> dict[str, Any]:
    return {
        "id": "cs_live_1",
        "object": "checkout.session",
        "mode": "payment",
        "payment_status": "paid",
        "amount_total": 4250,
        "currency": "eur",
        "payment_intent": "pi_1",
        "customer": "cus_123",
        "customer_details": {"email": "ana@example.com", "name": "Ana", "phone": "+4930123"},
        "customer_email": None,
        "locale": "de",
        "metadata": {"referred_by": "c-7"},
    } | members


def make_refund(**members: Any) -> dict[str, Any]:
    return {
        "id": "re_1",
        "object": "refund",
        "amount": 1250,
        "currency": "eur",
        "created": PAID + 60,
        "status": "succeeded",
        "payment_intent": "pi_1",
        "charge": "ch_1",
        "reason": "requested_by_customer",
    } | members


def make_charge(**members: Any) -> dict[str, Any]:
    return {
        "id": "ch_1",
        "object": "charge",
        "amount": 4250,
        "amount_refunded": 1250,
        "currency": "eur",
        "payment_intent": "pi_1",
    } | members


def tell(kind: str, thing: Any, **members: Any) -> Told:
    return Told(json.dumps(make_event(kind, thing, **members)).encode())


def sign(told: Told, secret: str, at: datetime) -> Delivery:
    time = str(int(at.timestamp()))
    digest = hmac.new(secret.encode(), f"{time}.".encode() + told.body, hashlib.sha256).hexdigest()
    headers = {"stripe-signature": f"t={time},v1={digest}"}
    return Delivery({**told.headers, **headers}, told.body, at)


class TestStripe(ConnectorSuite):
    name = "stripe"
    timed = True
    secrets = ("whsec_b2xk", "whsec_bmV3", "whsec_b3RoZXI")

    def sign(self, told: Told, secret: str, at: datetime) -> Delivery:
        return sign(told, secret, at)

    def story(self) -> Sequence[Told]:
        pending = make_refund(status="pending")
        return [
            tell("checkout.session.completed", make_session()),
            tell("refund.created", pending),
            tell("refund.updated", make_refund()),
            tell("charge.refunded", make_charge(refunds={"data": [make_refund()]})),
            tell("refund.failed", make_refund(id="re_2", status="failed")),
        ]


def read(kind: str, thing: Any, **options: Any) -> Reading:
    connector = make_connector("stripe", "pay", **options)
    return connector.read(Delivery({}, tell(kind, thing).body, NOW))


def payload(reading: Reading) -> Any:
    (act,) = reading.acts
    assert act.data is not None
    return json.loads(act.data)


def test_a_paid_session_is_a_purchase() -> None:
    reading = read("checkout.session.completed", make_session())
    (act,) = reading.acts
    assert (act.id, act.subject) == ("order-pi_1", "stripe:pay:cus_123")
    assert act.time == "2026-05-28T20:26:40Z"
    assert payload(reading) == {
        "order_id": "pi_1",
        "total": "42.50",
        "currency": "EUR",
        "referred_by": "c-7",
        "channel": "web",
    }
    assert reading.people == (
        Person(
            alias="stripe:pay:cus_123",
            customer_id="stripe-pay-cus_123",
            name="Ana",
            email="ana@example.com",
            phone="+4930123",
            locale="de",
        ),
    )
    assert reading.links == (Link("order:pay:pi_1", "stripe:pay:cus_123"),)


def test_a_payment_that_takes_days_counts_when_it_has_come_in() -> None:
    waiting = make_session(payment_status="unpaid")
    assert read("checkout.session.completed", waiting).ignored
    unpriced = make_session(payment_status="no_payment_required")
    assert read("checkout.session.completed", unpriced).ignored
    assert read("checkout.session.async_payment_succeeded", make_session()).acts
    assert read("checkout.session.async_payment_failed", waiting).ignored


def test_a_guest_is_known_by_the_address() -> None:
    reading = read("checkout.session.completed", make_session(customer=None))
    assert reading.acts[0].subject == email_alias("ana@example.com")
    nobody = make_session(customer=None, customer_details=None)
    assert read("checkout.session.completed", nobody).ignored


def test_a_first_payment_of_a_subscription_is_known_by_its_invoice() -> None:
    session = make_session(payment_intent=None, invoice="in_1", mode="subscription")
    assert payload(read("checkout.session.completed", session))["order_id"] == "in_1"


@pytest.mark.parametrize(
    ("minor", "currency", "total"),
    [
        (1099, "usd", "10.99"),
        (500, "jpy", "500"),
        (500, "mga", "500.00"),
        (500, "isk", "5"),
        (500, "ugx", "5"),
        (1045, "huf", "10.45"),
        (80045, "twd", "800.45"),
        (5120, "kwd", "5.120"),
        (10**15 - 1, "krw", None),
        (5, "isk", None),
        (5, "xau", None),
        (5, "zzz", None),
        (-5, "eur", None),
        (10**30, "eur", None),
    ],
)
def test_minor_units_of_stripe(minor: int, currency: str, total: str | None) -> None:
    session = make_session(amount_total=minor, currency=currency)
    if total is None:
        with pytest.raises(Invalid) as error:
            read("checkout.session.completed", session)
        assert error.value.pointer.startswith("/data/object/")
        return
    told = payload(read("checkout.session.completed", session))
    assert (told["total"], told["currency"]) == (total, currency.upper())


def test_a_refund_is_said_of_whoever_paid() -> None:
    reading = read("refund.created", make_refund())
    (act,) = reading.acts
    assert (act.id, act.subject) == ("refund-re_1", "order:pay:pi_1")
    assert payload(reading) == {
        "order_id": "pi_1",
        "refund_id": "re_1",
        "total": "12.50",
        "currency": "EUR",
        "reason": "requested_by_customer",
        "channel": "web",
    }
    assert read("refund.updated", make_refund(status="requires_action")).ignored
    assert read("refund.created", make_refund(payment_intent=None)).ignored


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("refund.failed", "failed"),
        ("refund.updated", "canceled"),
        ("charge.refund.updated", "failed"),
    ],
)
def test_a_refund_that_failed_is_taken_back(kind: str, status: str) -> None:
    reading = read(kind, make_refund(status=status))
    (act,) = reading.acts
    assert (act.id, act.subject) == ("withdrawal-refund-re_1", "order:pay:pi_1")
    assert payload(reading) == {"id": "refund-re_1", "reason": status}


def test_a_charge_says_all_that_went_back_so_far() -> None:
    reading = read("charge.refunded", make_charge())
    assert reading.acts[0].id == "refund-ch_1-1250"
    assert payload(reading) == {
        "order_id": "pi_1",
        "total": "12.50",
        "currency": "EUR",
        "cumulative": True,
        "channel": "web",
    }
    assert read("charge.refunded", make_charge(), charge_refunded=False).ignored
    assert read("charge.refunded", make_charge(payment_intent=None)).ignored


def test_a_charge_that_lists_its_refunds_says_the_same_as_they() -> None:
    second = make_refund(id="re_2", amount=300)
    listed = {"data": [make_refund(), second, make_refund(id="re_3", status="failed")]}
    reading = read("charge.refunded", make_charge(amount_refunded=1550, refunds=listed))
    one_by_one = (*read("refund.created", make_refund()).acts, *read("refund.updated", second).acts)
    assert reading.acts == one_by_one
    some = read("charge.refunded", make_charge(amount_refunded=9999, refunds=listed))
    assert payload(some)["cumulative"]


def test_tests_count_where_the_source_says_so() -> None:
    event = tell("checkout.session.completed", make_session(), livemode=False)
    delivery = Delivery({}, event.body, NOW)
    assert make_connector("stripe", "pay").read(delivery).ignored == "a test"
    assert make_connector("stripe", "pay", include_test_orders=True).read(delivery).acts


def test_the_secret_is_used_as_it_stands_and_other_versions_are_skipped() -> None:
    connector, told = make_connector("stripe", "pay"), tell("x", {})
    good = sign(told, "whsec_b2xk", NOW)
    signature = good.headers["stripe-signature"]
    time, _, digest = signature.partition(",v1=")
    for header, passes in (
        (f"{signature},v0=zz", True),
        (f"{time},v1={'0' * 64},v1={digest}", True),
        (f"{time}, v1={digest}", True),
        (f"{time},v0={digest}", False),
        (f"v1={digest}", False),
        (f"{time},v1=zz", False),
    ):
        delivery = Delivery({"stripe-signature": header}, told.body, NOW)
        if passes:
            connector.verify(delivery, ["whsec_b2xk"])
        else:
            with pytest.raises(SignatureRefused):
                connector.verify(delivery, ["whsec_b2xk"])


def test_a_time_from_the_future_is_refused_too() -> None:
    delivery = sign(tell("x", {}), "s", NOW + timedelta(hours=1))
    with pytest.raises(SignatureRefused):
        make_connector("stripe", "pay").verify(
            Delivery(delivery.headers, delivery.body, NOW), ["s"]
        )


def test_samples() -> None:
    paid = sample("stripe/checkout.session.completed.payment_mode.json")
    delivery = Delivery({}, json.dumps(paid).encode(), NOW)
    assert make_connector("stripe", "pay").read(delivery).ignored == "a test"
    reading = make_connector("stripe", "pay", include_test_orders=True).read(delivery)
    assert (reading.acts[0].id, payload(reading)["total"]) == ("order-pi_00000000000000", "250.00")
    assert reading.acts[0].subject == "stripe:pay:cus_00000000000000"


@pytest.mark.parametrize(
    ("file", "reason"),
    [
        ("charge.succeeded", "a type of event that is not read"),
        ("charge.refunded", "a payment that was not made through Checkout"),
        ("checkout.session.completed.with_headers", "a session in which nothing was paid"),
    ],
)
def test_samples_that_hold_no_purchase(file: str, reason: str) -> None:
    event = sample(f"stripe/{file}.json")
    body = json.dumps(event.get("body", event)).encode()
    connector = make_connector("stripe", "pay", include_test_orders=True)
    assert connector.read(Delivery({}, body, NOW)).ignored == reason
