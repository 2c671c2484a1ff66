"""Random histories of a few customers, and what they add up to by the rules alone."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import partial
from random import Random

import pytest

from services.engagement.domain.act import Act
from services.engagement.domain.customer import CustomerRecord
from services.engagement.domain.profile import Profile
from tests.services.engagement.builders import make_act, make_formula

FORMULA = make_formula()
CUSTOMERS = ("a", "b", "c")
RATES = {"EUR": Fraction(1), "GBP": Fraction(117, 100), "PLN": Fraction(0)}

Step = CustomerRecord | Sequence[Act]


@dataclass
class Expected:
    """A profile; sums as of the landmark."""

    sums: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    acts: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    money: dict[str, list[int]] = field(default_factory=lambda: defaultdict(lambda: [0, 0]))
    times: list[int] = field(default_factory=list)


def make_history(random: Random) -> list[Step]:
    """Batches of acts and records of customers, shuffled, with duplicates of either."""
    acts = [_make_act(random, number) for number in range(random.randint(1, 12))]
    told = [*acts, *random.choices(acts, k=random.randint(0, 4))]
    random.shuffle(told)
    steps: list[Step] = []
    while told:
        size = random.randint(1, 5)
        steps.append(told[:size])
        told = told[size:]
    records = [
        CustomerRecord(random.choice(CUSTOMERS), revision, random.choice((*CUSTOMERS, None)))
        for revision in range(random.randint(0, 5))
    ]
    repeated = random.choices(records, k=2) if records else []
    for record in [*records, *repeated]:
        steps.insert(random.randint(0, len(steps)), record)
    return steps


def _make_act(random: Random, number: int) -> Act:
    kind = random.choice(
        ("purchase", "purchase", "refund", "whole refund", "cancellation", "withdrawal", "referral")
    )
    customer, day = random.choice(CUSTOMERS), random.randint(0, 200)
    order = random.choice(("o1", "o1", "o2"))
    amount = random.choice(("0", "10", "10", "99.99", "250.5"))
    currency = random.choice(("EUR", "EUR", "EUR", "GBP", "PLN"))
    tell = partial(make_act, id=str(number), customer=customer, day=day)
    match kind:
        case "purchase":
            revised = random.choice((None, None, day + random.randint(0, 50)))
            return tell(kind, order=order, amount=amount, currency=currency, revised=revised)
        case "refund":
            named = random.choice((order, order, None))
            return tell(kind, order=named, amount=amount, currency=currency)
        case "whole refund":
            return tell("refund", order=order, amount=amount, currency=currency, cumulative=True)
        case "cancellation":
            revised = random.choice((None, day + random.randint(0, 50)))
            return tell(kind, order=order, revised=revised)
        case "withdrawal":
            return tell(kind, withdraws=str(random.randint(0, 12)))
        case _:
            return tell(kind)


def expected(steps: Sequence[Step]) -> Mapping[str, Expected]:
    """What each customer's acts come to, whatever order they came in."""
    acts = {act.key: act for step in steps if not isinstance(step, CustomerRecord) for act in step}
    newest: dict[str, CustomerRecord] = {}
    for step in steps:
        if isinstance(step, CustomerRecord):
            known = newest.get(step.customer)
            if known is None or known.revision < step.revision:
                newest[step.customer] = step
    into = {id: one.merged_into for id, one in newest.items() if one.merged_into not in (None, id)}
    owner = {id: _follow(id, into) for id in CUSTOMERS}
    gone = {(owner[act.origin], act.withdraws) for act in acts.values() if act.withdraws}
    profiles: dict[str, Expected] = defaultdict(Expected)
    orders: dict[tuple[str, str], list[Act]] = defaultdict(list)
    for act in acts.values():
        customer = owner[act.origin]
        profiles[customer].times.append(act.time)
        if act.withdraws or (customer, act.key) in gone:
            continue
        if act.order_id is not None:
            orders[customer, act.order_id].append(act)
        else:
            _count_plain(profiles[customer], act)
    for (customer, _), tellings in orders.items():
        _count_order(profiles[customer], tellings)
    return profiles


def check(profile: Profile | None, wanted: Expected | None) -> None:
    """Counts and money are the same, scores within 1e-9."""
    if wanted is None or profile is None:
        assert profile is None
        assert wanted is None
        return
    assert profile.acts == {kind: n for kind, n in wanted.acts.items() if n}
    assert profile.money == {code: tuple(sums) for code, sums in wanted.money.items() if any(sums)}
    assert (profile.first, profile.last) == (min(wanted.times), max(wanted.times))
    for dimension in FORMULA.decays:
        assert profile.sums.get(dimension, 0.0) == pytest.approx(
            wanted.sums.get(dimension, 0.0), rel=1e-9, abs=1e-9
        )


def _follow(id: str, into: Mapping[str, str | None]) -> str:
    way = [id]
    while (onward := into.get(way[-1])) is not None:
        if onward in way:
            return min(way[way.index(onward) :])
        way.append(onward)
    return way[-1]


def _count_plain(profile: Expected, act: Act) -> None:
    profile.acts[act.kind] += 1
    if act.money is None:
        _earn(profile, "advocacy", 25.0, act.time)
        return
    profile.money[act.money.currency][1] += act.money.units
    _earn(profile, "commerce", -_worth(act.money.units, act.money.currency) * 1e-5, act.time)


def _count_order(profile: Expected, tellings: Sequence[Act]) -> None:
    purchases = [act for act in tellings if act.kind == "purchase"]
    others = [act for act in tellings if act.kind != "purchase"]
    for act in others:
        profile.acts[act.kind] += 1
    newest = max(purchases, key=lambda act: (act.revision or act.time, act.key), default=None)
    since = 0 if newest is None else newest.revision or newest.time
    cancelled = [act.revision for act in others if act.money is None]
    void = any(revision is None or revision >= since for revision in cancelled)
    back = {code: _refunded(others, code) for code in RATES}
    if newest is None:
        for code, units in back.items():
            profile.money[code][1] += 0 if void else units
        return
    profile.acts["purchase"] += 1
    assert newest.money is not None
    total, currency = newest.money.units, newest.money.currency
    profile.money[currency][0] += total
    if void:
        profile.money[currency][1] += total
        return
    for code, units in back.items():
        profile.money[code][1] += units
    left = _worth(total, currency) - sum(_worth(units, code) for code, units in back.items())
    _earn(profile, "commerce", max(left, 0) * 1e-5, min(act.time for act in purchases))


def _refunded(refunds: Sequence[Act], currency: str) -> int:
    told = [act for act in refunds if act.money and act.money.currency == currency]
    plain = sum(act.money.units for act in told if act.money and not act.cumulative)
    whole = [act.money.units for act in told if act.money and act.cumulative]
    return max([plain, *whole])


def _worth(units: int, currency: str) -> int:
    return round(units * RATES[currency])


def _earn(profile: Expected, dimension: str, points: float, time: int) -> None:
    profile.sums[dimension] += FORMULA.decays[dimension].to_landmark(points, time)
