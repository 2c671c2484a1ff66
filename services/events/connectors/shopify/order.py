"""Orders: paid, edited, cancelled."""

from collections.abc import Callable
from typing import Any

from services.events.connectors.act import make_act, told, utc
from services.events.connectors.order import cancellation, order_alias, product
from services.events.connectors.port import Reading
from services.events.connectors.shopify.customer import person
from services.events.connectors.shopify.refund import refund_act, refunded_units
from services.events.connectors.shopify.wire import LineItem, Order
from services.events.domain.identity import Link, Person
from shared.contracts.cloudevents import CloudEvent
from shared.money import from_units, to_units
from shared.webhooks.delivery import Delivery

_PAID = frozenset(("paid", "partially_refunded", "refunded"))
_FIRST_TOLD = frozenset(("orders/create", "orders/paid"))


def read_order(
    source: str,
    order: Order,
    topic: str,
    delivery: Delivery,
    email_alias: Callable[[str], str],
    *,
    tests: bool,
) -> Reading:
    """What an order comes to, in the state in which the delivery tells it."""
    if order.test and not tests:
        return Reading(ignored="a test order")
    void = order.cancelled_at is not None or order.financial_status == "voided"
    if not void and order.financial_status not in _PAID:
        return Reading(ignored="an order that is not paid in full")
    email = order.email or order.contact_email
    people: tuple[Person, ...] = ()
    if order.customer is not None:
        people = (person(source, order.customer, order.customer_locale),)
        subject = people[0].alias
    elif email:
        subject = email_alias(email)
    else:
        return Reading(ignored="an order that names nobody")
    link = Link(order_alias(source, order.key), subject)
    if void:
        acts: tuple[CloudEvent, ...] = (_cancellation(source, order, delivery),)
    else:
        refunds = (
            refund_act(source, one, order.key, delivery, tests=tests) for one in order.refunds
        )
        acts = (
            _purchase(source, order, subject, topic, delivery, tests=tests),
            *(refund for refund in refunds if refund is not None),
        )
    return Reading(people=people, links=(link,), acts=acts)


def _cancellation(source: str, order: Order, delivery: Delivery) -> CloudEvent:
    time = order.cancelled_at or order.updated_at
    moment = utc(time, "/cancelled_at") if time else told(delivery.received_at)
    return cancellation(source, order.key, moment, order.cancel_reason)


def _purchase(
    source: str, order: Order, subject: str, topic: str, delivery: Delivery, *, tests: bool
) -> CloudEvent:
    updated_at = utc(order.updated_at, "/updated_at") if order.updated_at else None
    told_again = topic not in _FIRST_TOLD and updated_at is not None
    happened = order.processed_at or order.created_at
    return make_act(
        source,
        "purchase",
        f"order-{order.key}-{updated_at}" if told_again else f"order-{order.key}",
        subject,
        utc(happened, "/processed_at") if happened else told(delivery.received_at),
        {
            "order_id": order.key,
            "total": _total(order, tests=tests),
            "currency": order.currency,
            "products": [_product(item) for item in order.line_items] or None,
            "updated_at": updated_at if told_again else None,
            "coupon": next((one.code for one in order.discount_codes if one.code), None),
            "referral_code": _note(order, "referral_code"),
            "referred_by": _note(order, "referred_by"),
            "channel": "shop" if order.source_name == "pos" else "web",
        },
    )


def _total(order: Order, *, tests: bool) -> Any:
    """What was to pay before any money went back, since refunds are told beside it.

    `current_total_price` follows edits and refunds, `total_price` neither.
    """
    refunded = refunded_units(order.refunds, order.currency, tests=tests)
    if order.current_total_price is None or refunded is None:
        units = to_units(order.total_price, order.currency, "/total_price")
    else:
        current = to_units(order.current_total_price, order.currency, "/current_total_price")
        units = current + refunded
    return from_units(units, order.currency)


def _product(item: LineItem) -> dict[str, Any]:
    return product(item.product_id, item.sku, item.name, item.price, item.quantity)


def _note(order: Order, name: str) -> str | None:
    """What the shop's theme wrote into the cart under `name`."""
    found = (one.value for one in order.note_attributes if one.name == name)
    return next((value for value in found if isinstance(value, str) and value), None)
