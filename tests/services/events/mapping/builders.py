"""Mappings and rows for tests."""

from collections.abc import Iterable
from datetime import UTC, datetime
from textwrap import dedent

from services.events.mapping.columns import Row
from services.events.mapping.language import Mapping
from services.events.mapping.orders import Orders, Plan
from services.events.mapping.parser import parse_mapping

NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)

LINES = """\
source: /shop
currency: GBP
order:
  id: id
  time: time
  customer: customer
  total: {sum: {quantity: quantity, price: price}}
  cancelled_when: {column: id, matches: "^C"}
"""

TOTALS = """\
source: /shop
currency: {column: currency}
order:
  id: id
  time: time
  customer: customer
  total: total
  refund: refunded
  paid_when: {column: status, one_of: [paid, refunded]}
  skip_when: {column: test, filled: true}
"""


def make_mapping(text: str = LINES, *more: str) -> Mapping:
    """The mapping that `text` and further lines describe."""
    return parse_mapping("".join([dedent(text), *more]))


def make_line(**cells: str) -> Row:
    """One line of an order, changed as told, for LINES."""
    return {
        "id": "1",
        "time": "2026-01-05T10:00:00",
        "customer": "c-1",
        "quantity": "2",
        "price": "1.25",
    } | cells


def make_total(**cells: str) -> Row:
    """An order on one line, changed as told, for TOTALS."""
    return {
        "id": "1",
        "time": "2026-01-05T10:00:00",
        "customer": "c-1",
        "currency": "EUR",
        "total": "10.00",
        "refunded": "",
        "status": "paid",
        "test": "",
    } | cells


def plan_of(mapping: Mapping, rows: Iterable[Row]) -> Plan:
    """What the rows come to; the first has line number 2, as in a CSV file."""
    orders = Orders(mapping)
    for number, row in enumerate(rows, 2):
        orders.add(row, number)
    return orders.close(NOW)
