"""Scoring: acts and what is known of them become ledger entries.

Every result depends on the set of acts only, not on their order: an order is worth f(amount minus
refunds), whichever arrives first, and each arrival adds the difference that it makes.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from services.engagement.domain import ledger
from services.engagement.domain.act import Act, Money
from services.engagement.domain.formula import Formula, Rule
from services.engagement.domain.ledger import Entry


@dataclass(slots=True)
class Order:
    """What the ledger holds of one order."""

    purchase: Entry | None = None
    refunds: list[Money] = field(default_factory=list)

    def add(self, entry: Entry, formula: Formula) -> None:
        """Take an entry of this order in."""
        rule = formula.rules.get(entry.kind)
        if rule is None or not rule.reverses:
            if self.purchase is None and entry.note != ledger.ORDER_REPEATED:
                self.purchase = entry
        elif entry.money is not None:
            self.refunds.append(entry.money)


@dataclass(frozen=True, slots=True)
class Known:
    """What the store knows of a batch: entries with the same keys, entries of the same orders,
    and customers that were erased."""

    entries: Mapping[str, Entry] = field(default_factory=dict)
    order_entries: Sequence[Entry] = ()
    erased: frozenset[str] = frozenset()


def score(acts: Iterable[Act], known: Known, formula: Formula) -> list[Entry]:
    """New entries for the acts that the ledger does not hold, in the order of the acts."""
    orders: dict[str, Order] = {}
    for entry in known.order_entries:
        if entry.order is not None:
            orders.setdefault(entry.order, Order()).add(entry, formula)
    entries: dict[str, Entry] = {}
    for act in acts:
        if act.key in known.entries or act.key in entries or act.customer in known.erased:
            continue
        order = None if act.order_key is None else orders.setdefault(act.order_key, Order())
        entry = _entry(act, order, formula)
        entries[act.key] = entry
        if order is not None:
            order.add(entry, formula)
    return list(entries.values())


def _entry(act: Act, order: Order | None, formula: Formula) -> Entry:
    rule = formula.rules.get(act.kind)
    if rule is None:
        first_dimension = next(iter(formula.decays))
        return _write(act, first_dimension, 0.0, act.time, formula, ledger.NO_RULE)
    if rule.reverses:
        return _reversal(act, rule, order, formula)
    if act.money is None:
        return _write(act, rule.dimension, rule.points, act.time, formula)
    return _earning(act, act.money, rule, order, formula)


def _earning(act: Act, money: Money, rule: Rule, order: Order | None, formula: Formula) -> Entry:
    if order is not None and order.purchase is not None:
        return _write(act, rule.dimension, 0.0, act.time, formula, ledger.ORDER_REPEATED)
    worth = formula.in_programme_currency(money)
    if worth is None:
        note = ledger.NO_EXCHANGE_RATE if rule.rate else None
        return _write(act, rule.dimension, rule.points, act.time, formula, note)
    left = worth - _refunded(order, formula)
    note = None if left == worth else ledger.REFUNDED_BEFORE
    return _write(act, rule.dimension, _points(rule, worth, left), act.time, formula, note)


def _reversal(act: Act, rule: Rule, order: Order | None, formula: Formula) -> Entry:
    earning = formula.rules[rule.reverses or ""]
    taken = None if act.money is None else formula.in_programme_currency(act.money)
    if taken is None:
        return _write(act, earning.dimension, 0.0, act.time, formula, ledger.NO_EXCHANGE_RATE)
    if order is None:
        points = -earning.rate * taken
        note = ledger.REFUND_WITHOUT_ORDER
        return _write(act, earning.dimension, points, act.time, formula, note)
    bought = order.purchase
    if bought is None or bought.money is None:
        return _write(act, earning.dimension, 0.0, act.time, formula, ledger.REFUND_WAITS)
    worth = formula.in_programme_currency(bought.money) or 0
    before = worth - _refunded(order, formula)
    after = before - taken
    points = _points(earning, worth, after) - _points(earning, worth, before)
    note_beyond = ledger.REFUND_BEYOND_ORDER if after < 0 else None
    return _write(act, earning.dimension, points, bought.counts_from, formula, note_beyond)


def _points(rule: Rule, worth: int, left: int) -> float:
    """What an order of `worth` earns when `left` of it is not refunded (ten-thousandths)."""
    if left <= 0 < worth:
        return 0.0
    return rule.points + rule.rate * max(left, 0)


def _refunded(order: Order | None, formula: Formula) -> int:
    if order is None:
        return 0
    return sum(formula.in_programme_currency(money) or 0 for money in order.refunds)


def _write(
    act: Act,
    dimension: str,
    points: float,
    counts_from: int,
    formula: Formula,
    note: str | None = None,
) -> Entry:
    return Entry(
        key=act.key,
        customer=act.customer,
        kind=act.kind,
        time=act.time,
        dimension=dimension,
        points=points,
        counts_from=counts_from,
        formula=formula.version,
        order=act.order_key,
        money=act.money,
        note=note,
    )
