"""One order while its lines are gathered: sums and what the lines agree on, in any order."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Context, Decimal
from typing import TypeVar

from msgspec import ValidationError, convert

from services.events.domain.admission import check_customer_id
from services.events.mapping.columns import Condition, Field, Row
from services.events.mapping.fields import order_id
from services.events.mapping.language import Mapping, Products, Sum
from services.events.mapping.payloads import Product
from shared.errors import Invalid

T = TypeVar("T")

EXACT = Context(prec=100)  # enough for any product and sum of numbers that fields.py lets pass


@dataclass(slots=True)
class Order:
    """Sums and agreed values only, so that memory does not grow with the lines of an order.

    `said` and `denied` have the bit 1 << i set if a line passed or failed test i of the mapping.
    """

    lines: int = 0
    customer: str = ""
    currency: str = ""
    cancels: str = ""
    time: datetime | None = None
    total: Decimal | None = None
    refund: Decimal | None = None
    refund_time: datetime | None = None
    said: int = 0
    denied: int = 0
    products: list[Product] = field(default_factory=list)

    def add(self, mapping: Mapping, row: Row) -> None:
        """Take in one more line; the result does not depend on their sequence.

        Raises Invalid if the line can't be read or says otherwise than another one.
        """
        order = mapping.order
        self.lines += 1
        self.customer = _agree(self.customer, _customer(order.customer, row), "customers")
        if isinstance(mapping.currency, Field):
            self.currency = _agree(self.currency, mapping.currency.read(row), "currencies")
        if order.cancels:
            cancels = read_order_id(order.cancels, row)
            self.cancels = _agree(self.cancels, cancels, "orders that it cancels")
        self._add_money(mapping, row)
        self._add_times(mapping, row)
        self._add_tests(order.cancelled_when + order.paid_when + order.skip_when, row)
        if order.products and self.lines <= order.products.limit:
            self.products.append(_product(mapping, order.products, row))
        elif self.products:
            self.products.clear()

    def _add_money(self, mapping: Mapping, row: Row) -> None:
        order = mapping.order
        if isinstance(order.total, Sum):
            amount = Decimal(1)
            for factor in order.total.factors:
                value = _number(mapping, factor, row)
                if value is None:
                    raise Invalid("empty", factor.pointer)
                amount = EXACT.multiply(amount, value)
            self.total = EXACT.add(amount, self.total or Decimal(0))
        else:
            self.total = _agree(self.total, _number(mapping, order.total, row), "totals")
        if order.refund:
            self.refund = _agree(self.refund, _number(mapping, order.refund, row), "refunds")

    def _add_times(self, mapping: Mapping, row: Row) -> None:
        order = mapping.order
        self.time = _earlier(self.time, _time(mapping, order.time, row))
        if order.refund_time:
            self.refund_time = _earlier(self.refund_time, _time(mapping, order.refund_time, row))

    def _add_tests(self, tests: Condition, row: Row) -> None:
        for i, test in enumerate(tests):
            match test.passes(row):
                case True:
                    self.said |= 1 << i
                case False:
                    self.denied |= 1 << i
        if self.said & self.denied:
            raise Invalid("lines of the order contradict each other in what marks its state")

    def holds(self, condition: Condition, first: int) -> bool:
        """Whether a condition holds whose tests are numbered from `first`."""
        return any(
            test.concludes(bool(self.said & 1 << i)) for i, test in enumerate(condition, first)
        )

    def sorted_products(self) -> tuple[Product, ...]:
        """The products in a sequence that does not depend on that of the lines."""
        return tuple(sorted(self.products, key=repr))


def _agree(known: T, said: T, what: str) -> T:
    """`said`, or `known` where this line says nothing."""
    if said is None or said == "":
        return known
    if known is not None and known != "" and known != said:
        raise Invalid(f"lines of the order name different {what}")
    return said


def _earlier(known: datetime | None, said: datetime | None) -> datetime | None:
    if known is None or said is None:
        return known or said
    return min(known, said)


def _customer(field: Field, row: Row) -> str:
    raw = field.read(row)
    if raw:
        check_customer_id(raw, field.pointer)
    return raw


def read_order_id(field: Field, row: Row) -> str:
    """The order's id, empty if the row has none. Raises Invalid."""
    try:
        return order_id(field.read(row))
    except Invalid as error:
        raise Invalid(error.reason, error.pointer or field.pointer) from None


def _number(mapping: Mapping, field: Field, row: Row) -> Decimal | None:
    return field.convert(row, mapping.numbers.read)


def _time(mapping: Mapping, field: Field, row: Row) -> datetime | None:
    return field.convert(row, mapping.times.read)


def _product(mapping: Mapping, products: Products, row: Row) -> Product:
    members: dict[str, str | Decimal] = {}
    for name, column in products.fields.items():
        numeric = name in ("quantity", "price")
        value = _number(mapping, column, row) if numeric else column.read(row)
        if value is not None and value != "":
            members[name] = value
    try:
        return convert(members, Product)
    except ValidationError:
        raise Invalid("a product with an id longer than 200 characters") from None
