"""How customers who ordered compare with each other: recency, frequency and money, in fifths.

Where the fifths end is told by KLL sketches (Karnin, Lang, Liberty 2016), which take one pass and
a few kilobytes for any number of customers. With K as it is, the share of customers below a cut
is within 1.4 % of what it should be, with a confidence of 99 %.
"""

from bisect import bisect_left
from typing import NamedTuple

from datasketches import kll_doubles_sketch
from msgspec import Struct

from services.engagement.domain.act import Money
from services.engagement.domain.formula import Formula
from services.engagement.domain.profile import Profile
from shared.money import SCALE

K = 200
_ENDS = (0.2, 0.4, 0.6, 0.8)


class Bought(NamedTuple):
    """The time (ms) of the latest act of any kind, the number of orders, and what was paid less
    what was refunded, in the programme's currency."""

    last: float
    orders: float
    spent: float


class Rfm(NamedTuple):
    """From 1 (longest ago, fewest, least) to 5; all 0 for who never ordered."""

    recency: int
    frequency: int
    monetary: int


NO_ORDERS = Rfm(0, 0, 0)


class Cuts(Struct, frozen=True):
    """Where the first to the fourth fifth end, as it was at `time` (ms) among `customers`."""

    recency: tuple[float, ...]
    frequency: tuple[float, ...]
    monetary: tuple[float, ...]
    customers: int
    time: int

    def place(self, bought: Bought | None) -> Rfm:
        """The fifths of a customer. Who is equal is in the same one, so a fifth may be empty."""
        if bought is None:
            return NO_ORDERS
        ends = (self.recency, self.frequency, self.monetary)
        return Rfm(*(1 + bisect_left(end, value) for end, value in zip(ends, bought, strict=True)))


class Sketches:
    """What customers bought, taken in one by one."""

    def __init__(self) -> None:
        self._sketches = [kll_doubles_sketch(K) for _ in Bought._fields]

    def add(self, bought: Bought | None) -> None:
        """Take in a customer; None, without orders, changes nothing."""
        if bought is not None:
            for sketch, value in zip(self._sketches, bought, strict=True):
                sketch.update(value)

    def cuts(self, time: int) -> Cuts:
        """Of the customers so far."""
        first = self._sketches[0]
        if first.is_empty():
            return Cuts((), (), (), 0, time)
        recency, frequency, monetary = (
            tuple(map(float, one.get_quantiles(_ENDS, True))) for one in self._sketches
        )
        return Cuts(recency, frequency, monetary, int(first.n), time)


def bought(profile: Profile, formula: Formula) -> Bought | None:
    """None for a customer without orders."""
    orders = order_count(profile, formula)
    if orders <= 0:
        return None
    return Bought(float(profile.last), float(orders), spent(profile, formula))


def order_count(profile: Profile, formula: Formula) -> int:
    """Orders ever placed."""
    return sum(profile.acts.get(kind, 0) for kind in set(formula.orders.values()))


def spent(profile: Profile, formula: Formula) -> float:
    """Paid less refunded, in the programme's currency; currencies without rate count nothing."""
    net = (Money(gross - back, code) for code, (gross, back) in profile.money.items())
    units = sum(formula.in_programme_currency(money) or 0 for money in net)
    return float(units / 10**SCALE)
