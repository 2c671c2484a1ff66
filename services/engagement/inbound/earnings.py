"""What the shop earned on an order, as far as its act says."""

from collections.abc import Sequence
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import Any

from services.engagement.inbound.payload_members import said
from shared.money import LIMIT, SCALE, to_signed_units, to_units

_EXACT = Context(prec=80, rounding=ROUND_HALF_EVEN)  # for lines within the bounds below
_LONGEST_QUANTITY = 26
_MOST_UNITS = LIMIT * 10**SCALE


def margin_of(payload: Any) -> int | None:
    """In ten-thousandths of the act's own currency: the `margin` as told, else what its lines
    come to, else None, which says that nobody knows. Raises Invalid."""
    told = said(payload, "margin")
    if told is not None:
        return to_signed_units(told, payload.currency, "/data/margin")
    products = said(payload, "products")
    return _of_lines(products, payload.currency) if products else None


def _of_lines(products: Sequence[Any], currency: str) -> int | None:
    """The sum of quantity · (price - cost), exact, then rounded to a whole unit; None where a line
    leaves one of the three open, and for more than money can be."""
    total = Decimal(0)
    for product in products:
        cost = said(product, "cost")
        if cost is None:  # Most shops tell none.
            return None
        price, quantity = said(product, "price"), said(product, "quantity")
        if price is None or quantity is None or not _can_be_counted(quantity):
            return None
        of_one = Decimal(to_units(price, currency) - to_units(cost, currency))
        total = _EXACT.add(total, _EXACT.multiply(quantity, of_one))
    units = int(total.to_integral_value(context=_EXACT))
    return units if abs(units) <= _MOST_UNITS else None


def _can_be_counted(quantity: Decimal) -> bool:
    return len(str(quantity)) <= _LONGEST_QUANTITY and abs(quantity.adjusted()) <= 15
