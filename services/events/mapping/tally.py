"""What the rows of a shop come to in numbers."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import get_args

from services.events.mapping.acts import OrderAct
from services.events.mapping.conclusion import LeftOut


@dataclass(slots=True)
class Count:
    """Orders, and the lines that they stand on."""

    orders: int = 0
    lines: int = 0

    def add(self, lines: int) -> None:
        """One more order, of `lines` lines."""
        self.orders += 1
        self.lines += lines


@dataclass(slots=True)
class Tally:
    """Every line is counted once: taken, left out for a reason, or rejected. A row that stands
    for itself counts as a line and as an order.

    `numbers` and `sums` have the acts and their exact total by (type, currency), acts of rows that
    stand for themselves without either. `negative` are
    orders below zero that nothing marks as cancelled, so they count as refunds;
    `without_products` had more lines than are kept.
    """

    taken: Count = field(default_factory=Count)
    left_out: dict[LeftOut, Count] = field(
        default_factory=lambda: {reason: Count() for reason in get_args(LeftOut)}
    )
    rejected: Count = field(default_factory=Count)
    rejected_lines: int = 0
    negative: int = 0
    without_products: int = 0
    numbers: Counter[tuple[str, str]] = field(default_factory=Counter)
    sums: dict[tuple[str, str], Decimal] = field(default_factory=dict)
    customers: set[str] = field(default_factory=set)
    first: datetime | None = None
    last: datetime | None = None

    @property
    def lines(self) -> int:
        """Lines read in all."""
        counts = (self.taken, self.rejected, *self.left_out.values())
        return self.rejected_lines + sum(count.lines for count in counts)

    def add(self, act: OrderAct) -> None:
        """Count a purchase or refund that would come in."""
        key = act.type, act.currency
        self.sums[key] = self.sums.get(key, Decimal(0)) + act.total
        self.see(act.type, act.customer, act.time, act.currency)

    def see(self, kind: str, customer: str, time: datetime, currency: str = "") -> None:
        """Count an act that would come in, whatever it is worth."""
        self.numbers[kind, currency] += 1
        self.customers.add(customer)
        self.first = min(self.first or time, time)
        self.last = max(self.last or time, time)
