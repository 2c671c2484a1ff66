"""The ledger: one entry an act, saying what it earned and why."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from msgspec import Struct

from services.engagement.domain.act import Money
from shared.contracts import engagement

# Notes: why an entry earned something other than its rule says.
ORDER_REPEATED = engagement.ORDER_REPEATED
ORDER_REVISED = engagement.ORDER_REVISED
SUPERSEDED = engagement.SUPERSEDED
ORDER_VOID = engagement.ORDER_VOID
REFUNDED_BEFORE = "refunded_before"
REFUND_WAITS = "refund_waits_for_its_order"
REFUND_WITHOUT_ORDER = "refund_without_order"
REFUND_BEYOND_ORDER = "refund_beyond_order"
REFUND_TOLD_BEFORE = "refund_told_before"
WITHDRAWN = engagement.WITHDRAWN
WITHDRAWN_BEFORE = "withdrawn_before"
WITHDRAWAL_WAITS = "withdrawal_waits_for_its_act"
ACT_OF_ANOTHER = "act_of_another_customer"
NEVER_WITHDRAWN = "a_withdrawal_stands"
NO_EXCHANGE_RATE = "no_exchange_rate"
NO_RULE = "no_rule"
EXCLUDED = "excluded"
WRONG_CHANNEL = "not_in_this_channel"
WRONG_SEGMENT = "not_in_this_segment"
TOO_YOUNG = "account_too_young"
ONLY_ONCE = "counts_only_once"
NOT_THE_NTH = "not_the_nth"
DIMINISHED = "diminished"
CAPPED = "capped"

SENTENCES: Mapping[str, str] = MappingProxyType(
    {
        ORDER_REPEATED: "The order was told before with the same amount.",
        ORDER_REVISED: "The order was told before and has changed; this is the difference.",
        SUPERSEDED: "A newer telling of the same order counts instead.",
        ORDER_VOID: "The order was cancelled, so it is worth nothing.",
        REFUNDED_BEFORE: "A refund of this order had arrived first and is taken off.",
        REFUND_WAITS: "The order is not known yet; once it is, this is taken off what it earns.",
        REFUND_WITHOUT_ORDER: "No order was named, so it takes back by its amount.",
        REFUND_BEYOND_ORDER: "More than the order was worth; it takes back no more than that.",
        REFUND_TOLD_BEFORE: "Other refunds of this order say as much already.",
        WITHDRAWN: "The act was taken back.",
        WITHDRAWN_BEFORE: "The act was taken back already.",
        WITHDRAWAL_WAITS: "The act that it takes back is not known yet.",
        ACT_OF_ANOTHER: "It names an act of somebody else, which stands.",
        NEVER_WITHDRAWN: "It names a withdrawal, which can't be taken back.",
        NO_EXCHANGE_RATE: "The programme has no exchange rate for its currency.",
        NO_RULE: "The programme has no rule for this kind of act.",
        EXCLUDED: "Staff and blocked customers earn nothing.",
        WRONG_CHANNEL: "Acts of this kind count in other channels only.",
        WRONG_SEGMENT: "Acts of this kind count for customers of other segments only.",
        TOO_YOUNG: "The customer was not known for long enough.",
        ONLY_ONCE: "Acts of this kind count once, and an earlier one did.",
        NOT_THE_NTH: "Of acts of this kind only some count, and this one is none of them.",
        DIMINISHED: "Others of its kind came before it in the same period, so it earns less.",
        CAPPED: "The most that acts of this kind may earn in a period was reached.",
    }
)
"""What a note means, for whoever asks why."""


class Entry(Struct, frozen=True, gc=False, kw_only=True):
    """What one act earned: a Telling again, for the `customer` whom it counts for.

    `cell` is the sum that its points are in: a dimension's, or one of a half-life of its own
    (`community:help`). `counts_from` (ms) is when its points begin to age: what takes back does so
    from the time that it was earned. `weight` is what they add to the sum of the cell, as of the
    landmark. `order` is set where it has a part in what an order is worth, `track` where what it
    earns is limited by others of its kind, `note` where it earned something other than its rule
    says.
    """

    key: str
    customer: str
    origin: str
    kind: str
    time: int
    cell: str
    points: float
    counts_from: int
    weight: float
    formula: str
    order: str | None = None
    money: Money | None = None
    revision: int | None = None
    cumulative: bool = False
    withdraws: str | None = None
    channel: str | None = None
    margin: int | None = None
    rating: float | None = None
    kept_promise: bool | None = None
    segments: tuple[str, ...] = ()
    track: str | None = None
    note: str | None = None

    @property
    def dimension(self) -> str:
        """Of the cell that its points are in."""
        return dimension_of(self.cell)

    @property
    def order_id(self) -> str | None:
        """Of the order that it has a part in."""
        return None if self.order is None else order_id_of(self.order)

    @property
    def withdrew(self) -> bool:
        """Whether it took its act back."""
        return self.withdraws is not None and self.note is None


def dimension_of(cell: str) -> str:
    """`community:help` -> `community`."""
    return cell.partition(":")[0]


def track_key(customer: str, kind: str) -> str:
    """The acts of one customer and kind that limit each other."""
    return f"{customer}\n{kind}"


def order_key(customer: str, order_id: str) -> str:
    """An order is known by its customer and its id; a customer's id holds no line break."""
    return f"{customer}\n{order_id}"


def customer_of(order: str) -> str:
    """The customer in the key of an order."""
    return order.partition("\n")[0]


def order_id_of(order: str) -> str:
    """The id in the key of an order."""
    return order.partition("\n")[2]


@dataclass(slots=True)
class Change:
    """What entries add to one customer's profile; `money` maps currency to [gross, refunded]."""

    sums: dict[str, float] = field(default_factory=dict)
    acts: dict[str, int] = field(default_factory=dict)
    money: dict[str, list[int]] = field(default_factory=dict)
    first: int = 2**62
    last: int = 0
    entries: int = 0

    def enter(self, entry: Entry) -> None:
        """Take in what every entry adds: its points, and that there is one more."""
        if entry.weight:
            self.add(entry.cell, entry.weight)
        if entry.time < self.first:
            self.first = entry.time
        if entry.time > self.last:
            self.last = entry.time
        self.entries += 1

    def add(self, cell: str, weight: float) -> None:
        """Add to a sum, as of the landmark."""
        self.sums[cell] = self.sums.get(cell, 0.0) + weight

    def count(self, kind: str, times: int) -> None:
        """Add to the acts of `kind`, or take away."""
        self.acts[kind] = self.acts.get(kind, 0) + times

    def pay(self, currency: str, gross: int, refunded: int) -> None:
        """Add to the totals in ten-thousandths of `currency`, or take away."""
        totals = self.money.get(currency)
        if totals is None:
            totals = self.money[currency] = [0, 0]
        totals[0] += gross
        totals[1] += refunded
