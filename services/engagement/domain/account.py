"""What one order has earned so far, and what it should have."""

from collections.abc import Callable, Iterable

from services.engagement.domain import ledger, links
from services.engagement.domain.act import Telling
from services.engagement.domain.earning import bar_of
from services.engagement.domain.formula import Formula
from services.engagement.domain.ledger import Change, Entry
from services.engagement.domain.limits import Claim
from services.engagement.domain.order import NOTHING, Order, Worth

Accounts = dict[tuple[str, str], "Account"]
"""By the key of the order and the kind that earns."""


class Account:
    """`worth` is what the order was last assessed at, `credit` the points that limits leave of it;
    `earning` the kind that its purchases are, `key` the order's."""

    __slots__ = (
        "_decay",
        "_earned",
        "cell",
        "credit",
        "earning",
        "formula",
        "key",
        "order",
        "rule",
        "worth",
    )

    def __init__(self, key: str, earning: str, formula: Formula) -> None:
        self.key = key
        self.earning = earning
        self.order = Order()
        self.worth: Worth = NOTHING
        self.credit = 0.0
        self.formula = formula
        self.rule = formula.rules.get(earning)
        self.cell = self.rule.cell if self.rule else next(iter(formula.decays))
        self._decay = formula.decays[self.cell]
        self._earned: list[tuple[float, int]] = []

    @property
    def bar(self) -> str | None:
        """The note on an order that earns nothing where it was, or for whom."""
        return bar_of(self.order.counting, self.rule)

    def assess(self) -> Worth:
        """Bring `worth` and `credit`, before limits, up to date with the tellings of the order."""
        self.worth = self.order.worth(self.rule, self.formula)
        self.credit = 0.0 if self.rule and self.rule.only and self.bar else self.worth.points
        return self.worth

    def claim(self) -> Claim | None:
        """What the order asks for under limits; None before it was bought."""
        worth = self.worth
        if not worth.bought:
            return None
        return Claim(worth.time, self.key, worth.points, self.bar, credit=self._sum(worth.time))

    def earn(self, points: float, since: int) -> None:
        """Take in what an entry of the order has earned."""
        if points:
            self._earned.append((points, since))

    def difference(self, otherwise: int) -> tuple[float, int]:
        """The points that are missing from `credit`, and when they begin to age; `otherwise` where
        there are none.

        What counts is what the ledger says was earned. Points of several times are compared at the
        latest of them: before it, they would be more, without limit.
        """
        time = self.worth.time
        if not self._earned:
            return self.credit, time or otherwise
        latest = max(time, *(since for _, since in self._earned))
        missing = self._at(latest, self.credit, time) - self._sum(latest)
        return (
            (missing, latest) if abs(missing) > 1e-12 * (1 + abs(self.credit)) else (0.0, otherwise)
        )

    def _sum(self, time: int) -> float:
        return sum(self._at(time, points, since) for points, since in self._earned)

    def _at(self, time: int, points: float, since: int) -> float:
        return points if since == time or not points else self._decay.aged(points, since, time)

    def add_difference(self, before: Worth, change: Change) -> None:
        """What the order adds to counts, money and links beyond what it did `before`."""
        after = self.worth
        if after.bought != before.bought:
            change.count(self.earning, after.bought - before.bought)
        if self.formula.links is not None:
            self._add(change, links.ORDERS, before, before.stands, after.stands)
            self._add(change, links.MARGIN, before, before.margin, after.margin)
        if after.money is before.money:
            return
        for currency in after.money.keys() | before.money.keys() if before.money else after.money:
            gross, refunded = after.money.get(currency, (0, 0))
            gross_before, refunded_before = before.money.get(currency, (0, 0))
            change.pay(currency, gross - gross_before, refunded - refunded_before)

    def _add(
        self, change: Change, cell: str, before: Worth, amount_before: float, amount: float
    ) -> None:
        if amount == amount_before and self.worth.time == before.time:
            return
        decay = self.formula.decays[cell]
        weight = decay.to_landmark(amount, self.worth.time) if amount else 0.0
        if amount_before:
            weight -= decay.to_landmark(amount_before, before.time)
        change.add(cell, weight)


def open_accounts(
    order_entries: Iterable[Entry], formula_for: Callable[[str], Formula]
) -> Accounts:
    """The accounts of all orders that the entries, which are those orders' whole, are about, each
    by the formula for its customer."""
    entries = list(order_entries)
    accounts: Accounts = {}
    of_act: dict[str | None, Account] = {}
    for entry in entries:
        formula = formula_for(entry.customer)
        earning = formula.orders.get(entry.kind)
        if entry.order is None or earning is None:
            continue
        account = accounts.get((entry.order, earning))
        if account is None:
            account = accounts[entry.order, earning] = Account(entry.order, earning, formula)
        of_act[entry.key] = account
        account.earn(entry.points, entry.counts_from)
        if entry.note != ledger.WITHDRAWN:
            account.order.add(entry, reverses=entry.kind != earning)
    for entry in entries:
        if entry.withdrew and entry.withdraws in of_act:
            of_act[entry.withdraws].earn(entry.points, entry.counts_from)
    for account in accounts.values():
        account.assess()
    return accounts


def first_purchase(order: Order) -> Telling | None:
    """The earliest purchase of an order, whose entry says what limits make of it."""
    return min(order.purchases.values(), key=lambda one: (one.time, one.key), default=None)
