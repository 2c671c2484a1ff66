"""Orders. There is no topic for a payment or a refund: every telling has the whole state."""

import html
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from services.events.connectors.act import make_act, utc
from services.events.connectors.order import cancellation, order_alias, product, withdrawal
from services.events.connectors.port import Reading
from services.events.connectors.woocommerce.customer import person
from services.events.connectors.woocommerce.wire import LineItem, Order
from services.events.domain.identity import Link, Person
from shared.contracts.cloudevents import CloudEvent
from shared.errors import Invalid
from shared.money import fraction_digits, from_units, to_units

_VOID = frozenset(("cancelled", "refunded", "failed", "trash"))
_UNPAID = frozenset(("pending", "on-hold", "checkout-draft", "auto-draft", "draft"))


def read_order(source: str, order: Order, topic: str, email_alias: Callable[[str], str]) -> Reading:
    """What an order comes to. Any status beside those of WooCommerce that wait for money or are
    void is a paid one, since plugins add their own."""
    if order.date_paid_gmt is None or order.status in _UNPAID:
        return Reading(ignored="an order that is not paid")
    people: tuple[Person, ...] = ()
    if order.customer_id:
        people = (person(source, order.customer_id, order.billing),)
        subject = people[0].alias
    elif order.billing.email:
        subject = email_alias(order.billing.email)
    else:
        return Reading(ignored="an order that names nobody")
    order_id, modified = str(order.id), utc_of_gmt(order.date_modified_gmt, "/date_modified_gmt")
    link = Link(order_alias(source, order_id), subject)
    acts: list[CloudEvent] = []
    if topic == "order.restored":
        acts.append(
            withdrawal(source, f"cancellation-{order_id}", link.alias, modified, "restored")
        )
    if order.status in _VOID:
        acts.append(cancellation(source, order_id, modified, order.status, updated_at=modified))
    else:
        acts.append(_purchase(source, order, subject, topic, modified))
    return Reading(people=people, links=(link,), acts=tuple(acts))


def utc_of_gmt(text: str, pointer: str) -> str:
    """Times in `*_gmt` are UTC and don't say so."""
    return utc(text if text.endswith("Z") else f"{text}Z", pointer)


def _purchase(source: str, order: Order, subject: str, topic: str, modified: str) -> CloudEvent:
    order_id = str(order.id)
    total, refunded = _amounts(order)
    return make_act(
        source,
        "purchase",
        f"order-{order_id}" if topic == "order.created" else f"order-{order_id}-{modified}",
        subject,
        utc_of_gmt(order.date_paid_gmt or "", "/date_paid_gmt"),
        {
            "order_id": order_id,
            "total": from_units(max(0, total - refunded), order.currency),
            "currency": order.currency,
            "products": [_product(item, order.currency) for item in order.line_items] or None,
            "updated_at": modified,
            "refunded": from_units(refunded, order.currency) if refunded else None,
            "coupon": next((one.code for one in order.coupon_lines if one.code), None),
            "referral_code": _meta(order, "referral_code"),
            "referred_by": _meta(order, "referred_by"),
            "channel": "web",
        },
    )


def _amounts(order: Order) -> tuple[int, int]:
    """What was paid and what has gone back, in ten-thousandths.

    Refunds are no acts of their own: one that is deleted vanishes from the list without a word,
    and an order that is told again with what is left of it is right after that too.
    """
    refunded = sum(
        to_units(abs(one.total), order.currency, f"/refunds/{index}/total")
        for index, one in enumerate(order.refunds)
    )
    return to_units(order.total, order.currency, "/total"), refunded


def _product(item: LineItem, currency: str) -> dict[str, Any]:
    price = None if item.price is None else _rounded(item.price, currency)
    name = None if item.name is None else html.unescape(item.name)
    return product(item.product_id, item.sku, name, price, item.quantity)


def _rounded(price: Decimal, currency: str) -> Decimal:
    """The price of one piece is what PHP has divided: a quotient of any length."""
    exponent, digits = price.as_tuple().exponent, fraction_digits(currency)
    if not isinstance(exponent, int) or not -20 < price.adjusted() < 20:
        raise Invalid("not the price of a piece", "/line_items")
    return price if -exponent <= digits else round(price, digits)


def _meta(order: Order, name: str) -> str | None:
    """What a plugin or a theme wrote into the order under `name`."""
    found = (one.value for one in order.meta_data if one.key in (name, f"_{name}"))
    return next((value for value in found if isinstance(value, str) and value), None)
