"""What the set of a customer's acts comes to, by the definitions alone.

It reads a formula as data and uses none of the product's rules: everything is reckoned at once, in
fractions, from all acts of one customer.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction

from services.engagement.domain.act import Act, Money
from services.engagement.domain.formula import Formula, Rule
from services.engagement.domain.limits import Limits
from services.engagement.domain.period import Period, Rolling

Earned = tuple[str, Fraction, int]
"""The cell that points go to, how many, and since when (ms) they age."""


@dataclass
class Expected:
    """A profile; sums as of the landmark."""

    acts: Mapping[str, int]
    money: Mapping[str, tuple[int, int]]
    first: int
    last: int
    earned: list[Earned] = field(default_factory=list)

    def sums(self, formula: Formula) -> Mapping[str, float]:
        """Half as much after each half-life, and so twice as much before the landmark."""
        sums: dict[str, float] = defaultdict(float)
        for cell, points, since in self.earned:
            decay = formula.decays[cell]
            sums[cell] += float(points) * 2 ** ((since - decay.landmark) / decay.half_life)
        return sums


@dataclass(frozen=True)
class Bought:
    """An order: what of it is not refunded, and what the shop earned by that."""

    id: str
    tells: Act
    time: int
    money: Mapping[str, tuple[int, int]]
    left: Fraction
    margin: Fraction
    stands: bool


def reckon(acts: Collection[Act], formula: Formula, *, excluded: bool = False) -> Expected:
    """Of all `acts` of one customer, repeated ones too."""
    told = list({act.key: act for act in acts}.values())
    gone = {act.withdraws for act in told}
    standing = [act for act in told if act.withdraws is None and act.key not in gone]
    parts: dict[str, list[Act]] = defaultdict(list)
    alone: list[Act] = []
    for act in standing:
        of_order = act.order_id is not None and (
            act.kind == "purchase" or _takes_back(act, formula)
        )
        (parts[act.order_id or ""] if of_order else alone).append(act)
    orders = [order for id, each in parts.items() if (order := _order(id, each, formula))]
    counts = Counter(act.kind for act in standing if act in alone or act.kind != "purchase")
    counts["purchase"] += len(orders)
    whole = Expected(
        {kind: n for kind, n in counts.items() if n},
        _money(alone, parts, orders, formula),
        min(act.time for act in told),
        max(act.time for act in told),
    )
    if not excluded:
        whole.earned += _points(alone, orders, whole.first, formula)
        whole.earned += _links(standing, alone, orders, formula)
    return whole


def _takes_back(act: Act, formula: Formula) -> bool:
    rule = formula.rules.get(act.kind)
    return rule is not None and rule.reverses is not None


# Orders: docs/decisions/0008-an-order-is-what-its-tellings-say.md.


def _order(id: str, parts: Sequence[Act], formula: Formula) -> Bought | None:
    purchases = [act for act in parts if act.kind == "purchase"]
    if not purchases:
        return None
    newest = max(purchases, key=_recency)
    time = min(act.time for act in purchases)
    assert newest.money is not None
    units, currency = newest.money.units, newest.money.currency
    back = _back(parts)
    if _is_void(parts, newest):
        return Bought(id, newest, time, {currency: (units, units)}, Fraction(0), Fraction(0), False)
    money = {code: (0, refunded) for code, refunded in back.items()}
    money[currency] = (units, back.get(currency, 0))
    if currency in formula.exchange:
        whole = _worth(newest.money, formula)
        left = whole - sum(_worth(Money(units, code), formula) for code, units in back.items())
    else:
        whole, left = Fraction(units), Fraction(units - back.get(currency, 0))
    margin = _margin(newest.money, newest.margin, formula)
    if whole > 0:
        margin *= max(left, Fraction(0)) / whole
    return Bought(id, newest, time, money, left, margin, left > 0 or whole <= 0)


def _recency(act: Act) -> tuple[int, str]:
    return (act.time if act.revision is None else act.revision, act.key)


def _is_void(parts: Sequence[Act], newest: Act) -> bool:
    since = _recency(newest)[0]
    cancelled = [act for act in parts if act.kind != "purchase" and act.money is None]
    return any(act.revision is None or act.revision >= since for act in cancelled)


def _back(parts: Sequence[Act]) -> Mapping[str, int]:
    refunds = [(act.money, act.cumulative) for act in parts if act.kind != "purchase" and act.money]
    plain, whole = Counter[str](), Counter[str]()
    for money, cumulative in refunds:
        if cumulative:
            whole[money.currency] = max(whole[money.currency], money.units)
        else:
            plain[money.currency] += money.units
    return {code: max(plain[code], whole[code]) for code in plain | whole | Counter(plain.keys())}


def _worth(money: Money, formula: Formula) -> Fraction:
    rate = formula.exchange.get(money.currency)
    return Fraction(0 if rate is None else round(money.units * Fraction(rate)))


def _margin(money: Money, told: int | None, formula: Formula) -> Fraction:
    if told is not None:
        return _worth(Money(told, money.currency), formula)
    return _worth(money, formula) * Fraction(formula.margin_rate)


def _money(
    alone: Sequence[Act],
    parts: Mapping[str, Sequence[Act]],
    orders: Sequence[Bought],
    formula: Formula,
) -> Mapping[str, tuple[int, int]]:
    gross, refunded = Counter[str](), Counter[str]()
    for act in alone:
        if act.money is not None and act.kind in formula.rules:
            side = refunded if _takes_back(act, formula) else gross
            side[act.money.currency] += act.money.units
    for order in orders:
        for code, (paid, back) in order.money.items():
            gross[code] += paid
            refunded[code] += back
    bought = {order.id for order in orders}
    for id, each in parts.items():
        if id not in bought and all(act.money is not None for act in each):
            refunded.update(_back(each))
    totals = {code: (gross[code], refunded[code]) for code in {*gross, *refunded}}
    return {code: sums for code, sums in totals.items() if any(sums)}


# Points: what is asked for, and what limits leave of it.


def _points(
    alone: Sequence[Act], orders: Sequence[Bought], first: int, formula: Formula
) -> list[Earned]:
    claims: dict[str, list[tuple[int, str, Fraction, Act]]] = defaultdict(list)
    earned: list[Earned] = []
    for act in alone:
        rule = formula.rules.get(act.kind)
        if rule is not None and rule.reverses is not None:
            earned.append((rule.cell, -_taken_back(act, formula, rule.reverses), act.time))
        elif rule is not None:
            claims[act.kind].append((act.time, act.key, _asked(act, rule, formula), act))
    for order in orders:
        asked = _asked_by_order(order, formula.rules["purchase"], formula)
        claims["purchase"].append((order.time, order.id, asked, order.tells))
    for kind, each in claims.items():
        rule = formula.rules[kind]
        permitted = [
            (time, asked)
            for time, _, asked, act in sorted(each, key=lambda claim: claim[:2])
            if _may_earn(act, rule)
            and time - first >= (rule.limits.least_age if rule.limits else 0)
        ]
        credited = _limited(permitted, rule.limits or Limits())
        earned += [(rule.cell, points, time) for time, points in credited]
    return earned


def _taken_back(act: Act, formula: Formula, reverses: str) -> Fraction:
    rule = formula.rules[reverses]
    worth = Fraction(0) if act.money is None else _worth(act.money, formula)
    share = Fraction(formula.margin_rate) if rule.of_margin else 1
    return Fraction(rule.rate) * worth * share


def _asked(act: Act, rule: Rule, formula: Formula) -> Fraction:
    worth = Fraction(0)
    if act.money is not None:
        told = act.margin
        worth = _margin(act.money, told, formula) if rule.of_margin else _worth(act.money, formula)
    return Fraction(rule.points) + Fraction(rule.rate) * max(worth, Fraction(0))


def _asked_by_order(order: Bought, rule: Rule, formula: Formula) -> Fraction:
    if not order.stands:
        return Fraction(0)
    assert order.tells.money is not None
    worth = Fraction(0)
    if order.tells.money.currency in formula.exchange:
        worth = max(order.margin if rule.of_margin else order.left, Fraction(0))
    return Fraction(rule.points) + Fraction(rule.rate) * worth


def _may_earn(act: Act, rule: Rule) -> bool:
    if rule.only is None:
        return True
    channels, segments = rule.only.channels, rule.only.segments
    return (not channels or act.channel in channels) and (
        not segments or not segments.isdisjoint(act.segments)
    )


def _limited(
    claims: Sequence[tuple[int, Fraction]], limits: Limits
) -> Sequence[tuple[int, Fraction]]:
    """Times and points of those that earn, of `claims` in the order of acts."""
    earned: list[tuple[int, Fraction]] = []
    for number, (time, asked) in enumerate(claims, start=1):
        if limits.nth not in (None, number) or (limits.every and number % limits.every):
            continue
        before = [points for at, points in earned if _together(at, time, limits.diminishing_per)]
        credit = asked * Fraction(limits.factor) ** len(before)
        capped = [points for at, points in earned if _together(at, time, limits.cap_per)]
        if limits.most_times is not None and len(capped) >= limits.most_times:
            continue
        if limits.most_points is not None and limits.cap_per is not None:
            credit = min(credit, max(Fraction(limits.most_points) - sum(capped), Fraction(0)))
        if credit:
            earned.append((time, credit))
    return earned


def _together(before: int, time: int, period: Period | None) -> bool:
    """Whether two times lie in one day, week, month or year, or within the length of a window."""
    if period is None:
        return False
    if isinstance(period, Rolling):
        return time - period.length < before
    one, other = (datetime.fromtimestamp(at / 1000, period.zone) for at in (before, time))
    match period.unit:
        case "day":
            return one.date() == other.date()
        case "week":
            return one.isocalendar()[:2] == other.isocalendar()[:2]
        case "month":
            return (one.year, one.month) == (other.year, other.month)
        case "year":
            return one.year == other.year


# Links: what is said of the experience, orders that stand, and their margin.


def _links(
    standing: Sequence[Act], alone: Sequence[Act], orders: Sequence[Bought], formula: Formula
) -> list[Earned]:
    if formula.links is None:
        return []
    found: list[Earned] = []
    for act in standing:
        if act.rating is not None:
            found += _mean("link:ratings", "link:rated", act.rating, act.time)
        value = formula.links.conduct.get(act.kind, act.kept_promise)
        value = act.kept_promise if value is None else value
        if act.kind in formula.links.conduct and value is not None:
            found += _mean("link:conduct", "link:conducted", float(value), act.time)
    for act in alone:
        if act.money is not None and act.kind in formula.rules:
            back = _takes_back(act, formula)
            margin = _margin(act.money, None if back else act.margin, formula)
            found.append(("link:margin", -margin if back else margin, act.time))
            found += [] if back else [("link:orders", Fraction(1), act.time)]
    for order in orders:
        found.append(("link:margin", order.margin, order.time))
        found.append(("link:orders", Fraction(order.stands), order.time))
    return found


def _mean(total: str, count: str, value: float, time: int) -> list[Earned]:
    return [(total, Fraction(value), time), (count, Fraction(1), time)]
