"""The ledger: one entry an act, saying what it earned and why; and what entries add up to."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from msgspec import Struct

from services.engagement.domain.act import Money
from services.engagement.domain.formula import Formula

# Notes: why an entry earned something other than its rule says.
ORDER_REPEATED = "order_repeated"
REFUNDED_BEFORE = "refunded_before"
REFUND_WAITS = "refund_waits_for_its_order"
REFUND_WITHOUT_ORDER = "refund_without_order"
REFUND_BEYOND_ORDER = "refund_beyond_order"
NO_EXCHANGE_RATE = "no_exchange_rate"
NO_RULE = "no_rule"


class Entry(Struct, frozen=True, gc=False, kw_only=True):
    """What one act earned. `counts_from` (ms) is when its points begin to age: for a refund that
    is the time of the purchase, so that it takes back what the purchase is worth by now."""

    key: str
    customer: str
    kind: str
    time: int
    dimension: str
    points: float
    counts_from: int
    formula: str
    order: str | None = None
    money: Money | None = None
    note: str | None = None

    @property
    def counts_money(self) -> bool:
        """Whether its amount belongs in the customer's totals."""
        return self.money is not None and self.note != ORDER_REPEATED

    def heft(self, formula: Formula) -> float:
        """How much the entry counts beside others of its dimension, whatever the time."""
        return abs(formula.decays[self.dimension].to_landmark(self.points, self.counts_from))


@dataclass(slots=True)
class Change:
    """What a batch adds to one customer's profile; `money` maps currency to [gross, refunded]."""

    sums: dict[str, float] = field(default_factory=dict)
    acts: dict[str, int] = field(default_factory=dict)
    money: dict[str, list[int]] = field(default_factory=dict)
    first: int = 2**62
    last: int = 0


def changes(entries: Iterable[Entry], formula: Formula) -> Mapping[str, Change]:
    """Coalesce entries to one change a customer."""
    by_customer: dict[str, Change] = {}
    for entry in entries:
        change = by_customer.get(entry.customer)
        if change is None:
            change = by_customer[entry.customer] = Change()
        _add(change, entry, formula)
    return by_customer


def _add(change: Change, entry: Entry, formula: Formula) -> None:
    if entry.points:
        earned = formula.decays[entry.dimension].to_landmark(entry.points, entry.counts_from)
        change.sums[entry.dimension] = change.sums.get(entry.dimension, 0.0) + earned
    change.acts[entry.kind] = change.acts.get(entry.kind, 0) + 1
    change.first = min(change.first, entry.time)
    change.last = max(change.last, entry.time)
    if entry.money is not None and entry.counts_money:
        totals = change.money.setdefault(entry.money.currency, [0, 0])
        rule = formula.rules.get(entry.kind)
        totals[1 if rule and rule.reverses else 0] += entry.money.units
