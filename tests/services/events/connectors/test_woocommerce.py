"""WooCommerce: the suite, and what its orders and customers mean."""

import base64
import hashlib
import hmac
import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import pytest

from services.events.connectors.port import Reading, UnsignedTrial
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

MODIFIED = "2026-03-22T19:28:09Z"


def make_order(*refunds: tuple[int, str], **members: Any) -> dict[str, Any]:
    return {
        "id": 727,
        "status": "processing",
        "currency": "USD",
        "total": "29.35",
        "customer_id": 17,
        "date_paid_gmt": "2026-03-22T19:28:08",
        "date_modified_gmt": "2026-03-22T19:28:09",
        "billing": {
            "first_name": "John",
            "last_name": "Doe",
            "email": "John.doe@example.com",
            "phone": "+1 (555) 555-5555",
            "country": "US",
        },
        "line_items": [
            {
                "product_id": 93,
                "sku": "",
                "name": "Tea &ndash; green",
                "price": 3.3333333333333,
                "quantity": 3,
            }
        ],
        "coupon_lines": [{"code": "10off"}],
        "meta_data": [{"key": "_referral_code", "value": "ANA-1"}, {"key": "x", "value": {}}],
        "refunds": [{"id": n, "reason": "", "total": total} for n, total in refunds],
    } | members


def tell(topic: str, body: Any) -> Told:
    return Told(json.dumps(body).encode(), {"x-wc-webhook-topic": topic})


def sign(told: Told, key: str, at: datetime = NOW) -> Delivery:
    digest = base64.b64encode(hmac.digest(key.encode(), told.body, hashlib.sha256)).decode()
    return Delivery({**told.headers, "x-wc-webhook-signature": digest}, told.body, at)


class TestWooCommerce(ConnectorSuite):
    name = "woocommerce"

    def sign(self, told: Told, secret: str, at: datetime) -> Delivery:
        return sign(told, secret, at)

    def story(self) -> Sequence[Told]:
        def at(minute: int) -> str:
            return f"2026-03-22T19:{minute}:00"

        return [
            tell("customer.created", make_customer()),
            tell("order.created", make_order()),
            tell("order.updated", make_order((1, "-10.00"), date_modified_gmt=at(30))),
            tell("order.updated", make_order(date_modified_gmt=at(31))),
            tell("order.updated", make_order(status="cancelled", date_modified_gmt=at(32))),
            tell("order.restored", make_order(date_modified_gmt=at(33))),
        ]


def make_customer() -> dict[str, Any]:
    billing = {"first_name": "", "last_name": "", "email": "", "phone": "(555) 555-5555"}
    return {
        "id": 25,
        "email": "john.doe@example.com",
        "first_name": "John",
        "last_name": "Doe",
        "billing": billing,
    }


def read(topic: str, body: Any) -> Reading:
    told = tell(topic, body)
    return make_connector("woocommerce", "shop").read(Delivery(told.headers, told.body, NOW))


def payload(reading: Reading) -> Any:
    (act,) = reading.acts
    assert act.data is not None
    return json.loads(act.data)


def test_a_paid_order_with_its_customer() -> None:
    reading = read("order.created", make_order())
    (act,) = reading.acts
    assert (act.id, act.subject) == ("order-727", "woocommerce:shop:17")
    assert act.time == "2026-03-22T19:28:08Z"
    assert payload(reading) == {
        "order_id": "727",
        "total": "29.35",
        "currency": "USD",
        "products": [
            {"product_id": "93", "name": "Tea – green", "price": "3.333", "quantity": "3"}
        ],
        "updated_at": "2026-03-22T19:28:09Z",
        "coupon": "10off",
        "referral_code": "ANA-1",
        "channel": "web",
    }
    assert reading.people == (
        Person(
            alias="woocommerce:shop:17",
            customer_id="woocommerce-shop-17",
            name="John Doe",
            email="John.doe@example.com",
            phone="+15555555555",
            country="US",
        ),
    )
    assert reading.links == (Link("order:shop:727", "woocommerce:shop:17"),)


def test_a_guest_is_known_by_the_address() -> None:
    reading = read("order.updated", make_order(customer_id=0))
    assert reading.people == ()
    assert reading.acts[0].subject == email_alias("john.doe@example.com")
    assert reading.acts[0].id == "order-727-2026-03-22T19:28:09Z"


def test_an_order_is_told_with_what_is_left_of_it() -> None:
    told = payload(read("order.updated", make_order((1, "-10.00"), (2, "-5.35"))))
    assert (told["total"], told["refunded"]) == ("14.00", "15.35")
    later = make_order((1, "-10.00"), date_modified_gmt="2026-03-23T00:00:00")
    vanished = payload(read("order.updated", later))
    assert (vanished["total"], vanished["refunded"]) == ("19.35", "10.00")
    assert vanished["updated_at"] > told["updated_at"]


@pytest.mark.parametrize("status", ["pending", "on-hold", "checkout-draft"])
def test_what_waits_for_money_is_no_purchase(status: str) -> None:
    assert read("order.updated", make_order(status=status)).ignored
    assert read("order.updated", make_order(date_paid_gmt=None)).ignored
    assert read("order.updated", make_order(status="cancelled", date_paid_gmt=None)).ignored


@pytest.mark.parametrize("status", ["cancelled", "refunded", "failed", "trash"])
def test_what_is_void_is_void(status: str) -> None:
    (act,) = read("order.updated", make_order(status=status)).acts
    assert (act.id, act.subject) == (f"cancellation-727-{MODIFIED}", "order:shop:727")
    assert json.loads(act.data or b"")["updated_at"] == MODIFIED


def test_a_status_of_a_plugin_is_a_paid_one() -> None:
    assert payload(read("order.updated", make_order(status="shipped")))["total"] == "29.35"


def test_a_deleted_order_is_void_until_it_is_restored() -> None:
    (gone,) = read("order.deleted", {"id": 727}).acts
    assert (gone.id, gone.subject) == ("cancellation-727", "order:shop:727")
    withdrawal, purchase = read("order.restored", make_order()).acts
    assert withdrawal.id == "withdrawal-cancellation-727"
    assert withdrawal.data is not None
    assert json.loads(withdrawal.data) == {"id": "cancellation-727", "reason": "restored"}
    assert purchase.id == "order-727-2026-03-22T19:28:09Z"


def test_nobody_is_thanked_for_an_order_of_nobody() -> None:
    order = make_order(customer_id=0, billing={"email": ""})
    assert read("order.updated", order).ignored


def test_the_try_of_a_new_webhook_comes_unsigned() -> None:
    connector = make_connector("woocommerce", "shop")
    ping = Delivery({"content-type": "application/x-www-form-urlencoded"}, b"webhook_id=12", NOW)
    with pytest.raises(UnsignedTrial):
        connector.verify(ping, [])
    for body in (b"webhook_id=12&x=1", b"webhook_id=", b'{"webhook_id":12}', b"webhook_id=12\n"):
        with pytest.raises(SignatureRefused):
            connector.verify(Delivery(ping.headers, body, NOW), ["s"])


def test_the_secret_is_signed_as_wordpress_decodes_it() -> None:
    connector, told = make_connector("woocommerce", "shop"), tell("order.updated", make_order())
    delivery = sign(told, "a&b<\"'&copy;")
    connector.verify(delivery, ["a&b<\"'&copy;"])
    connector.verify(delivery, ["a&amp;b&lt;&quot;&#039;&copy;"])


def test_other_topics_are_ignored_and_no_topic_is_an_error() -> None:
    assert read("product.updated", {"id": 1}).ignored
    assert read("customer.deleted", {"id": 1}).ignored
    with pytest.raises(Invalid):
        make_connector("woocommerce", "shop").read(Delivery({}, b"{}", NOW))


@pytest.mark.parametrize(
    ("members", "pointer"),
    [
        ({"currency": "XXX"}, "/currency"),
        ({"total": "-1"}, "/total"),
        ({"total": ""}, "/total"),
        ({"date_paid_gmt": "soon"}, "/date_paid_gmt"),
        ({"date_modified_gmt": None}, "/date_modified_gmt"),
        ({"refunds": [{"id": 1, "total": "1e99"}]}, "/refunds/0/total"),
        ({"line_items": [{"price": "NaN"}]}, "/line_items"),
    ],
)
def test_what_does_not_fit_says_where(members: dict[str, Any], pointer: str) -> None:
    with pytest.raises(Invalid) as error:
        read("order.updated", make_order(**members))
    assert error.value.pointer == pointer


def test_sample_order() -> None:
    reading = read("order.created", sample("woocommerce/orders.01.json"))
    (act,) = reading.acts
    assert (act.id, act.time) == ("order-727", "2017-03-22T19:28:08Z")
    assert act.subject == email_alias("john.doe@example.com")
    told = payload(reading)
    assert (told["total"], told["currency"], len(told["products"])) == ("29.35", "USD", 2)


def test_sample_customer_has_a_number_without_country() -> None:
    (person,) = read("customer.updated", sample("woocommerce/customers.17.json")).people
    assert (person.customer_id, person.name) == ("woocommerce-shop-25", "John Doe")
    assert (person.email, person.phone) == ("john.doe@example.com", None)


@pytest.mark.parametrize("name", ["coupons.30", "order-refunds.07", "product-reviews.24"])
def test_samples_of_what_is_no_order(name: str) -> None:
    body = sample(f"woocommerce/{name}.json")
    assert read("coupon.updated", body).ignored
    with pytest.raises(Invalid):
        read("order.updated", body)
