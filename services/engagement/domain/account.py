"""What one order has earned so far, and what it should have."""

from collections.abc import Iterable

from services.engagement.domain import ledger
from services.engagement.domain.formula import Formula
from services.engagement.domain.ledger import Change, Entry
from services.engagement.domain.order import NOTHING, Order, Worth

Accounts = dict[tuple[str, str], "Account"]
"""By the key of the order and the kind that earns."""


class Account:
    """`worth` is what the order was last assessed at; `earning` the kind that its purchases are."""

    __slots__ = ("_decay", "_earned", "_formula", "_rule", "dimension", "earning", "order", "worth")

    def __init__(self, earning: str, formula: Formula) -> None:
        self.earning = earning
        self.order = Order()
        self.worth: Worth = NOTHING
        self._formula = formula
        self._rule = formula.rules.get(earning)
        self.dimension = self._rule.dimension if self._rule else next(iter(formula.decays))
        self._decay = formula.decays[self.dimension]
        self._earned: list[tuple[float, int]] = []

    def assess(self) -> Worth:
        """Bring `worth` up to date with the tellings of the order."""
        self.worth = self.order.worth(self._rule, self._formula)
        return self.worth

    def earn(self, entry: Entry) -> None:
        """Take in what an entry of the order has earned."""
        if entry.points and entry.dimension == self.dimension:
            self._earned.append((entry.points, entry.counts_from))

    def difference(self, before: Worth, otherwise: int) -> tuple[float, int]:
        """The points that are missing from `worth`, and when they begin to age; `otherwise` where
        there are none.

        What counts is what the ledger says was earned, so that an order that is taken back leaves
        nothing behind, even if the formula has changed since. Points of several times are compared
        at the latest of them: before it, they would be more, without limit.
        """
        worth = self.worth
        if worth.points == before.points and worth.time == before.time:
            return 0.0, otherwise
        if not self._earned:
            return worth.points, worth.time or otherwise
        latest = max(worth.time, *(time for _, time in self._earned))
        earned = sum(self._at(latest, points, time) for points, time in self._earned)
        return self._at(latest, worth.points, worth.time) - earned, latest

    def _at(self, time: int, points: float, since: int) -> float:
        return points if since == time or not points else self._decay.aged(points, since, time)

    def add_difference(self, before: Worth, change: Change) -> None:
        """What the order adds to a profile's counts and money beyond what it did `before`."""
        after = self.worth
        if after.bought != before.bought:
            change.count(self.earning, after.bought - before.bought)
        if after.money is before.money:
            return
        for currency in after.money.keys() | before.money.keys() if before.money else after.money:
            gross, refunded = after.money.get(currency, (0, 0))
            gross_before, refunded_before = before.money.get(currency, (0, 0))
            change.pay(currency, gross - gross_before, refunded - refunded_before)


def open_accounts(order_entries: Iterable[Entry], formula: Formula) -> Accounts:
    """The accounts of all orders that the entries, which are those orders' whole, are about."""
    entries = list(order_entries)
    gone = {entry.withdraws for entry in entries if entry.withdrew}
    accounts: Accounts = {}
    of_act: dict[str | None, Account] = {}
    for entry in entries:
        earning = formula.orders.get(entry.kind)
        if entry.order is None or earning is None:
            continue
        account = accounts.get((entry.order, earning))
        if account is None:
            account = accounts[entry.order, earning] = Account(earning, formula)
        of_act[entry.key] = account
        account.earn(entry)
        if entry.note != ledger.WITHDRAWN and entry.key not in gone:
            account.order.add(entry, reverses=entry.kind != earning)
    for entry in entries:
        if entry.withdrew and entry.withdraws in of_act:
            of_act[entry.withdraws].earn(entry)
    for account in accounts.values():
        account.assess()
    return accounts


def plain_money(entry: Entry, formula: Formula) -> tuple[int, int]:
    """What an act that is alone adds to gross and refunded, in ten-thousandths."""
    if entry.money is None:
        return 0, 0
    rule = formula.rules.get(entry.kind)
    if rule is not None and rule.reverses:
        return 0, entry.money.units
    if rule is None and entry.kind not in formula.orders:
        return 0, 0
    return entry.money.units, 0
