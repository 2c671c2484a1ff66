"""What a gathered order comes to: acts, or a reason to leave it out."""

from decimal import Decimal
from typing import Literal, TypeAlias

from services.events.mapping.acts import OrderAct, purchase, refund
from services.events.mapping.language import Mapping
from services.events.mapping.order import Order
from shared.errors import Invalid
from shared.money import from_units, to_units

LeftOut: TypeAlias = Literal["skipped", "not_paid", "without_customer", "repeated"]


def left_out(mapping: Mapping, order: Order) -> LeftOut | None:
    """Why the order is no act, or None."""
    rules = mapping.order
    paid_from = len(rules.cancelled_when)
    if order.holds(rules.skip_when, paid_from + len(rules.paid_when)):
        return "skipped"
    if rules.paid_when and not order.holds(rules.paid_when, paid_from):
        return "not_paid"
    return None if order.customer else "without_customer"


def is_cancelled(mapping: Mapping, order: Order) -> bool:
    """Whether the mapping's `cancelled_when` holds."""
    return order.holds(mapping.order.cancelled_when, 0)


def is_refund(mapping: Mapping, order: Order) -> bool:
    """Whether all of it is money that went back: cancelled, or a total below zero."""
    return is_cancelled(mapping, order) or (order.total or 0) < 0


def acts_of(mapping: Mapping, order_id: str, order: Order) -> list[OrderAct]:
    """A purchase, with a refund beside it if some of it went back, or a refund alone.

    A total of zero is an order all the same. Raises Invalid.
    """
    if order.time is None:
        raise Invalid("empty", mapping.order.time.pointer)
    if order.total is None:
        raise Invalid("the order has no total")
    currency = mapping.currency if isinstance(mapping.currency, str) else order.currency
    if not currency:
        raise Invalid("the order has no currency")
    money = _exact(order.total, currency)
    if is_refund(mapping, order):
        return [refund(order_id, order.customer, order.time, money, order.cancels)]
    acts = [purchase(order_id, order.customer, order.time, money, order.sorted_products())]
    if order.refund:
        returned = _exact(order.refund, currency)
        when = order.refund_time or order.time
        acts.append(refund(order_id, order.customer, when, returned, order_id))
    return acts


def _exact(amount: Decimal, currency: str) -> tuple[Decimal, str]:
    return from_units(to_units(amount.copy_abs(), currency), currency), currency
