"""An order is what all tellings of it say together, in whatever order they came.

The newest purchase counts; what is refunded is the sum of plain refunds, or the highest that a
refund called the whole of it so far, whichever is more; a reversal without an amount makes the
order void, and one that says how new it is only until a newer purchase.
docs/decisions/0008-an-order-is-what-its-tellings-say.md has the reasons.
"""

from collections.abc import Mapping
from typing import NamedTuple

from services.engagement.domain.act import Money, Telling
from services.engagement.domain.formula import Formula, Rule

Totals = Mapping[str, tuple[int, int]]


class Worth(NamedTuple):
    """`points` before limits, as of `time` (ms), the earliest of its purchases; `bought` is 1 once
    a purchase is known, `stands` 1 while something of it is neither cancelled nor refunded; `left`
    is what is not refunded, in ten-thousandths, below zero if more was; `margin` is what the shop
    earned by that, in those of the programme's currency; `money` has gross and refunded by
    currency."""

    points: float
    time: int
    bought: int
    stands: int
    left: int
    margin: float
    money: Totals


NOTHING = Worth(0.0, 0, 0, 0, 0, 0.0, {})


class Order:
    """The tellings of one order that stand."""

    __slots__ = ("purchases", "reversals")

    def __init__(self) -> None:
        self.purchases: dict[str, Telling] = {}
        self.reversals: dict[str, Telling] = {}

    def add(self, telling: Telling, *, reverses: bool) -> None:
        """Take a telling in."""
        (self.reversals if reverses else self.purchases)[telling.key] = telling

    def remove(self, key: str) -> None:
        """As if it had never been told."""
        self.purchases.pop(key, None)
        self.reversals.pop(key, None)

    @property
    def counting(self) -> Telling | None:
        """The purchase that counts: the newest, of two as new the one with the greater key."""
        if len(self.purchases) < 2:  # as nearly always
            return next(iter(self.purchases.values()), None)
        return max(self.purchases.values(), key=_recency)

    @property
    def is_void(self) -> bool:
        """Whether it was cancelled, and did not go on after that."""
        if not self.reversals:  # as nearly always
            return False
        cancelled = [one.revision for one in self.reversals.values() if one.money is None]
        counting = self.counting
        if not cancelled or counting is None:
            return bool(cancelled)
        return any(at is None or at >= _recency(counting)[0] for at in cancelled)

    def refunded(self) -> dict[str, int]:
        """By currency, in ten-thousandths."""
        plain: dict[str, int] = {}
        whole: dict[str, int] = {}
        for telling in self.reversals.values():
            if telling.money is None:
                continue
            units, currency = telling.money.units, telling.money.currency
            if telling.cumulative:
                whole[currency] = max(whole.get(currency, 0), units)
            else:
                plain[currency] = plain.get(currency, 0) + units
        return {c: max(plain.get(c, 0), whole.get(c, 0)) for c in (plain | whole)}

    def worth(self, rule: Rule | None, formula: Formula) -> Worth:
        """What it earns by the `rule` for its purchase, and what it adds to the totals."""
        told = self.counting
        refunded = self.refunded() if self.reversals else {}
        if told is None:
            return NOTHING if self.is_void else NOTHING._replace(money=_totals(None, refunded))
        time = told.time
        if len(self.purchases) > 1:
            time = min(telling.time for telling in self.purchases.values())
        money = told.money
        if self.is_void:
            void = {} if money is None else {money.currency: money.units}
            return Worth(0.0, time, 1, 0, 0, 0.0, _totals(money, void))
        if money is None:
            points = 0.0 if rule is None else rule.points
            return Worth(points, time, 1, 1, 0, 0.0, _totals(None, refunded))
        whole, left = _compare(money, refunded, formula)
        margin = _margin_left(money, told.margin, whole, left, formula)
        points = 0.0 if rule is None else _points(rule, money, whole, left, margin, formula)
        stands = int(left > 0 or whole <= 0)
        return Worth(points, time, 1, stands, left, margin, _totals(money, refunded))


def _recency(telling: Telling) -> tuple[int, str]:
    return (telling.time if telling.revision is None else telling.revision, telling.key)


def _compare(money: Money, refunded: Mapping[str, int], formula: Formula) -> tuple[int, int]:
    """What the order is worth, and what of it is not refunded. In the programme's currency; in its
    own if that has no rate, and then what came back in another can't be compared."""
    whole = formula.in_programme_currency(money)
    if whole is None:
        return money.units, money.units - refunded.get(money.currency, 0)
    if not refunded:
        return whole, whole
    back = (formula.in_programme_currency(Money(u, code)) or 0 for code, u in refunded.items())
    return whole, whole - sum(back)


def _margin_left(money: Money, told: int | None, whole: int, left: int, formula: Formula) -> float:
    """Of the margin the share that was not refunded."""
    margin = formula.margin(money, told) or 0
    return margin * max(left, 0) / whole if whole > 0 else float(margin)


def _points(
    rule: Rule, money: Money, whole: int, left: int, margin: float, formula: Formula
) -> float:
    if left <= 0 < whole:
        return 0.0
    if not rule.rate or money.currency not in formula.exchange:
        return rule.points
    return rule.points + rule.rate * max(margin if rule.of_margin else left, 0)


def _totals(money: Money | None, refunded: Mapping[str, int]) -> Totals:
    totals = {code: (0, units) for code, units in refunded.items()} if refunded else {}
    if money is not None:
        totals[money.currency] = (money.units, refunded.get(money.currency, 0))
    return totals
