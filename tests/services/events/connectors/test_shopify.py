"""Shopify: the suite, and what its orders, refunds and customers mean."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import pytest

from services.events.connectors.port import DataRequest, Reading
from services.events.domain.identity import Link, Person
from shared.errors import Invalid
from shared.webhooks.delivery import Delivery
from tests.services.events.builders import NOW
from tests.services.events.connectors.shelf import sample
from tests.services.events.connectors.shopify_shop import (
    ORDER_ID,
    make_order,
    make_refund,
    sign,
    tell,
)
from tests.services.events.connectors.suite import (
    ConnectorSuite,
    Told,
    email_alias,
    make_connector,
)


class TestShopify(ConnectorSuite):
    name = "shopify"

    def sign(self, told: Told, secret: str, at: datetime) -> Delivery:
        return sign(told, secret, at)

    def story(self) -> Sequence[Told]:
        refund = make_refund("30.00", "5.00")
        edited = make_order(
            current_total_price="40.00",
            financial_status="partially_refunded",
            updated_at="2026-05-03T08:00:01Z",
            refunds=[refund],
        )
        return [
            tell("customers/create", make_order()["customer"]),
            tell("orders/paid", make_order()),
            tell("refunds/create", refund),
            tell("orders/updated", edited),
            tell("orders/cancelled", make_order(cancelled_at="2026-05-04T08:00:00Z")),
            tell("orders/delete", {"id": 5}, **{"x-shopify-triggered-at": "2026-05-05T08:00:00Z"}),
        ]


def read(topic: str, body: Any, prefix: str = "x-shopify", **options: Any) -> Reading:
    told = tell(topic, body, prefix)
    return make_connector("shopify", "shop", **options).read(Delivery(told.headers, told.body, NOW))


def payload(reading: Reading) -> Any:
    (act,) = reading.acts
    assert act.data is not None
    return json.loads(act.data)


def test_a_paid_order_with_its_customer() -> None:
    reading = read("orders/paid", make_order())
    (act,) = reading.acts
    assert (act.type, act.id) == ("io.requite.act.purchase.v1", f"order-{ORDER_ID}")
    assert (act.subject, act.time) == ("shopify:shop:207119551", "2026-05-01T08:00:00Z")
    assert payload(reading) == {
        "order_id": str(ORDER_ID),
        "total": "100.00",
        "currency": "EUR",
        "products": [{"product_id": "7", "name": "Mug", "price": "50.00", "quantity": "2"}],
        "coupon": "MAY",
        "referral_code": "ANA-1",
        "channel": "web",
    }
    assert reading.people == (
        Person(
            alias="shopify:shop:207119551",
            customer_id="shopify-shop-207119551",
            name="Ana",
            email="ana@example.com",
            email_verified=True,
            phone="+4930123",
            locale="de-DE",
        ),
    )
    assert reading.links == (Link(f"order:shop:{ORDER_ID}", "shopify:shop:207119551"),)


@pytest.mark.parametrize(
    ("address", "country"),
    [({"country_code": "PT"}, "PT"), ({"country_code": None}, None), ({}, None), (None, None)],
)
def test_a_customer_lives_where_the_default_address_is(address: Any, country: str | None) -> None:
    account = make_order()["customer"] | {"default_address": address}
    (found,) = read("customers/update", account).people
    assert found.country == country


def test_a_guest_is_known_by_the_address() -> None:
    reading = read("orders/paid", make_order(customer=None))
    assert reading.people == ()
    assert reading.acts[0].subject == email_alias("guest@example.com")
    assert reading.links == (Link(f"order:shop:{ORDER_ID}", email_alias("guest@example.com")),)


@pytest.mark.parametrize("status", ["pending", "authorized", "partially_paid", "expired", None])
def test_what_is_not_paid_in_full_is_no_purchase(status: str | None) -> None:
    assert read("orders/create", make_order(financial_status=status)).ignored


def test_test_orders_count_where_the_source_says_so() -> None:
    assert read("orders/paid", make_order(test=True)).ignored == "a test order"
    assert read("orders/paid", make_order(test=True), include_test_orders=True).acts


def test_nobody_is_thanked_for_an_order_of_nobody() -> None:
    assert read("orders/paid", make_order(customer=None, email="", contact_email=None)).ignored


@pytest.mark.parametrize(
    "members", [{"cancelled_at": "2026-05-02T00:00:00Z"}, {"financial_status": "voided"}]
)
def test_cancelled_and_voided_orders_are_void(members: dict[str, Any]) -> None:
    (act,) = read("orders/updated", make_order(**members)).acts
    assert (act.type, act.id) == ("io.requite.act.cancellation.v1", f"cancellation-{ORDER_ID}")
    assert act.subject == f"order:shop:{ORDER_ID}"


def test_an_edited_order_is_told_again_with_what_was_to_pay() -> None:
    """80.00 after the edit, of which 30.00 went back: worth 50.00, as `current_total_price`."""
    order = make_order(current_total_price="50.00", refunds=[make_refund("30.00")])
    purchase, refund = read("orders/updated", order).acts
    assert purchase.id == f"order-{ORDER_ID}-2026-05-01T08:00:03Z"
    assert purchase.data is not None
    assert refund.data is not None
    told = json.loads(purchase.data)
    assert (told["total"], told["updated_at"]) == ("80.00", "2026-05-01T08:00:03Z")
    assert json.loads(refund.data)["total"] == "30.00"


def test_refunds_in_another_currency_leave_the_order_as_it_was_placed() -> None:
    refund = make_refund("30.00")
    refund["transactions"][0]["currency"] = "USD"
    purchase, _ = read("orders/updated", make_order(current_total_price="7", refunds=[refund])).acts
    assert purchase.data is not None
    assert json.loads(purchase.data)["total"] == "100.00"


def test_a_refund_is_the_sum_of_its_successful_transactions() -> None:
    refund = make_refund("30.00", "5.50")
    failed = {"kind": "refund", "status": "failure", "amount": "9", "currency": "EUR"}
    refund["transactions"] += [failed, failed | {"kind": "void", "status": "success"}]
    reading = read("refunds/create", refund)
    (act,) = reading.acts
    assert (act.id, act.subject) == ("refund-929361464", f"order:shop:{ORDER_ID}")
    assert payload(reading) == {
        "order_id": str(ORDER_ID),
        "refund_id": "929361464",
        "total": "35.50",
        "currency": "EUR",
        "reason": "broken",
        "channel": "web",
    }


def test_a_refund_without_money_takes_nothing_back() -> None:
    assert read("refunds/create", make_refund()).ignored == "a refund by which no money went back"


def test_a_refund_in_two_currencies_is_kept_to_be_looked_at() -> None:
    refund = make_refund("1.00", "1.00")
    refund["transactions"][1]["currency"] = "USD"
    with pytest.raises(Invalid, match="two currencies"):
        read("refunds/create", refund)


def test_an_id_that_javascript_rounded_is_taken_from_the_global_id() -> None:
    reading = read("orders/paid", make_order(id=ORDER_ID - 1))
    assert payload(reading)["order_id"] == str(ORDER_ID)


def test_the_topics_of_the_law() -> None:
    customer = {"id": 207119551, "email": "Ana@example.com", "phone": None}
    shop = {"shop_id": 954889, "shop_domain": "x.myshopify.com"}
    redact = shop | {"customer": customer, "orders_to_redact": [ORDER_ID]}
    assert read("customers/redact", redact).erase == (
        "shopify:shop:207119551",
        email_alias("ana@example.com"),
        f"order:shop:{ORDER_ID}",
    )
    guest = {"customer": {"email": "ana@example.com"}}
    assert read("customers/redact", shop | guest).erase == (email_alias("ana@example.com"),)
    asked = shop | {"customer": customer, "data_request": {"id": 9999}}
    assert read("customers/data_request", asked).data_request == DataRequest(
        "9999", "shopify:shop:207119551"
    )
    assert read("shop/redact", shop).erase_all == ("shopify:shop:", "order:shop:")
    with pytest.raises(Invalid):
        read("shop/redact", {})
    with pytest.raises(Invalid):
        read("customers/redact", shop | {"customer": {}})


def test_headers_of_events_have_no_prefix() -> None:
    assert read("orders/paid", make_order(), "shopify").acts


def test_deliveries_of_another_shop_are_left_alone() -> None:
    told = tell("orders/paid", make_order(), **{"x-shopify-shop-domain": "b.myshopify.com"})
    delivery = Delivery(told.headers, told.body, NOW)
    for domain, wanted in (("a.myshopify.com", 0), ("B.myshopify.com", 1)):
        connector = make_connector("shopify", "shop", shop_domain=domain)
        assert len(connector.read(delivery).acts) == wanted


def test_other_topics_are_ignored_and_no_topic_is_an_error() -> None:
    assert read("products/create", {"id": 1}).ignored
    assert read("orders/edited", {"order_edit": {"order_id": 1}}).ignored
    with pytest.raises(Invalid):
        make_connector("shopify", "shop").read(Delivery({}, b"{}", NOW))


@pytest.mark.parametrize(
    ("members", "pointer"),
    [
        ({"currency": "XXX"}, "/currency"),
        ({"current_total_price": "-1"}, "/current_total_price"),
        ({"current_total_price": "NaN"}, "/current_total_price"),
        ({"current_total_price": "1e99"}, "/current_total_price"),
        ({"total_price": "much"}, "/total_price"),
        ({"processed_at": "yesterday"}, "/processed_at"),
        ({"id": "1"}, "/id"),
        ({"id": 1.5}, "/id"),
        ({"customer": {"id": None}}, "/customer/id"),
        ({"refunds": [{"id": 1}]}, "/refunds/0"),
    ],
)
def test_what_does_not_fit_says_where(members: dict[str, Any], pointer: str) -> None:
    with pytest.raises(Invalid) as error:
        read("orders/updated", make_order(**members))
    assert error.value.pointer == pointer


def test_unknown_options_are_refused() -> None:
    with pytest.raises(Invalid):
        make_connector("shopify", "shop", include_tests=True)


@pytest.mark.parametrize("topic", ["orders.create", "orders.paid", "orders.cancelled"])
def test_sample_orders_are_void_test_orders(topic: str) -> None:
    told = sample(f"shopify/{topic}.json")
    assert read(told["topic"], told["body"]).ignored == "a test order"
    reading = read(told["topic"], told["body"], include_test_orders=True)
    (act,) = reading.acts
    assert act.id == "cancellation-820982911946154508"
    assert reading.links[0].target == "shopify:shop:115310627314723954"
    assert reading.people[0].name == "John Smith"


def test_sample_order_had_it_been_paid() -> None:
    told = sample("shopify/orders.paid.json")
    body = told["body"] | {"cancelled_at": None, "financial_status": "paid", "test": False}
    reading = read(told["topic"], body)
    (act,) = reading.acts
    assert (act.id, act.time) == ("order-820982911946154508", "2023-02-21T01:50:47Z")
    assert payload(reading)["total"] == "31.99"
    assert [line["product_id"] for line in payload(reading)["products"]] == [
        "7339056169172",
        "7788537905364",
    ]


def test_sample_refund_paid_nothing_back() -> None:
    told = sample("shopify/refunds.create.json")
    assert read(told["topic"], told["body"]).ignored
    paid = {"kind": "refund", "status": "success", "amount": "31.99", "currency": "CAD"}
    reading = read(told["topic"], told["body"] | {"transactions": [paid]})
    assert reading.acts[0].id == "refund-890088186047892319"
    assert payload(reading)["total"] == "31.99"


def test_sample_customer() -> None:
    told = sample("shopify/customers.create.json")
    (person,) = read(told["topic"], told["body"]).people
    assert (person.customer_id, person.name) == ("shopify-shop-706405506930370084", "Bob Biller")
    assert person.email_verified
    assert person.consents == ()
