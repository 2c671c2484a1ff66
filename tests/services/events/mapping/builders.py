"""Mappings and rows for tests."""

from collections.abc import Iterable
from datetime import UTC, datetime
from textwrap import dedent

from services.events.domain.admission import Admission
from services.events.domain.pseudonyms import Pseudonyms
from services.events.mapping.acts import OrderAct
from services.events.mapping.columns import Row
from services.events.mapping.language import ActsMapping, Mapping
from services.events.mapping.orders import Orders
from services.events.mapping.parser import parse_mapping
from services.events.mapping.plan import Plan
from services.events.mapping.rows import RowAct, Rows
from tests.shipped import catalogue

NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
ADMISSION = Admission(catalogue(), NOW)

hash_email = Pseudonyms("key").email

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
    """The mapping of orders that `text` and further lines describe."""
    mapping = parse_mapping("".join([dedent(text), *more]), hash_email)
    assert isinstance(mapping, Mapping)
    return mapping


def make_acts_mapping(text: str) -> ActsMapping:
    """The mapping of rows that `text` describes."""
    mapping = parse_mapping(dedent(text), hash_email)
    assert isinstance(mapping, ActsMapping)
    return mapping


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


def plan_of(mapping: Mapping, rows: Iterable[Row]) -> Plan[OrderAct]:
    """What the rows come to; the first has line number 2, as in a CSV file."""
    orders = Orders(mapping)
    for number, row in enumerate(rows, 2):
        orders.add(row, number)
    return orders.close(ADMISSION)


def told_by(mapping: ActsMapping, rows: Iterable[Row]) -> Plan[RowAct]:
    """What rows that stand for themselves come to; the first has line number 2."""
    gathered = Rows(mapping)
    for number, row in enumerate(rows, 2):
        gathered.add(row, number)
    return gathered.close(ADMISSION)
