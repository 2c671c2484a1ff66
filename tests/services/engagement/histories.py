"""Random histories of a few customers, and what they add up to by the rules alone."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from random import Random
from zoneinfo import ZoneInfo

import msgspec
import pytest

from services.engagement.domain import links
from services.engagement.domain.act import Act
from services.engagement.domain.customer import CustomerRecord
from services.engagement.domain.decay import DAY_MS, Decay
from services.engagement.domain.formula import Formula, Only, Rule
from services.engagement.domain.limits import Limits
from services.engagement.domain.period import Calendar, Period, Rolling
from services.engagement.domain.profile import Profile
from tests.services.engagement.builders import LANDMARK, make_act, make_formula
from tests.services.engagement.oracle import Expected, reckon

FORMULA = make_formula()
CUSTOMERS = ("a", "b", "c")

Step = CustomerRecord | Sequence[Act]


def make_limited_formula(random: Random) -> Formula:
    """FORMULA with limits of every kind, links, and a half-life of its own."""
    zone = ZoneInfo("Europe/Berlin")
    periods: tuple[Period, ...] = (
        *(Calendar(unit, zone) for unit in ("day", "week", "month", "year")),
        Rolling(20 * DAY_MS),
    )

    def limits() -> Limits:
        return Limits(
            nth=random.choice((None, None, None, 1, 2)),
            every=random.choice((None, None, None, 2)),
            factor=0.5,
            diminishing_per=random.choice((None, *periods)),
            most_points=random.choice((None, 12.5, 30.0)),
            most_times=random.choice((None, 1, 3)),
            cap_per=random.choice((None, *periods)),
            least_age=random.choice((0, 0, 15 * DAY_MS)),
        )

    rules = dict(FORMULA.rules)
    rules["purchase"] = replace(
        rules["purchase"], limits=random.choice((None, limits())), of_margin=True
    )
    rules["referral"] = replace(rules["referral"], limits=limits(), cell="advocacy:referral")
    rules["help"] = Rule("advocacy", points=10.0, limits=limits(), only=Only(frozenset({"web"})))
    decays = dict(FORMULA.decays) | {"advocacy:referral": Decay(LANDMARK, 30 * DAY_MS)}
    decays |= dict.fromkeys(links.CELLS, Decay(LANDMARK, 365 * DAY_MS))
    return replace(
        FORMULA,
        rules=rules,
        decays=decays,
        margin_rate=0.3,
        links=links.LinkRules({"help": 1.0, "referral": None, "refund": 0.25}),
    )


def make_history(random: Random, *, limited: bool = False) -> list[Step]:
    """Batches of acts and records of customers, shuffled, with duplicates of either; acts that
    limits are about lie closer together."""
    acts = [_make_act(random, number) for number in range(random.randint(1, 12))]
    if limited:
        acts += [_make_limited_act(random, 100 + n) for n in range(random.randint(1, 12))]
    told = [*acts, *random.choices(acts, k=random.randint(0, 4))]
    random.shuffle(told)
    steps: list[Step] = []
    while told:
        size = random.randint(1, 5)
        steps.append(told[:size])
        told = told[size:]
    records = [
        CustomerRecord(
            random.choice(CUSTOMERS),
            revision,
            random.choice((*CUSTOMERS, None)),
            random.choice((None, None, None, None, "staff")),
        )
        for revision in range(random.randint(0, 5))
    ]
    repeated = random.choices(records, k=2) if records else []
    for record in [*records, *repeated]:
        steps.insert(random.randint(0, len(steps)), record)
    return steps


def _make_limited_act(random: Random, number: int) -> Act:
    if random.random() < 0.2:
        withdrawn = str(100 + random.randint(0, 12))
        return make_act(
            "withdrawal", id=str(number), customer=random.choice("ab"), withdraws=withdrawn
        )
    act = make_act(
        random.choice(("referral", "help")),
        id=str(number),
        customer=random.choice("ab"),
        day=random.choice((0, 1, 1, 1.5, 2, 3, 8, 20, 21, 60)),
    )
    return msgspec.structs.replace(
        act,
        channel=random.choice(("web", "web", "shop", None)),
        rating=random.choice((None, 0.25, 1.0)),
        kept_promise=random.choice((None, True, False)),
    )


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


def expected(steps: Sequence[Step], formula: Formula = FORMULA) -> Mapping[str, Expected]:
    """What each customer's acts come to, whatever order they came in."""
    newest: dict[str, CustomerRecord] = {}
    acts: list[Act] = []
    for step in steps:
        if not isinstance(step, CustomerRecord):
            acts += step
        elif step.customer not in newest or newest[step.customer].revision < step.revision:
            newest[step.customer] = step
    into = {id: one.merged_into for id, one in newest.items() if one.merged_into not in (None, id)}
    told: dict[str, list[Act]] = defaultdict(list)
    for act in acts:
        told[_follow(act.origin, into)].append(act)
    excluded = {id for id, one in newest.items() if one.excluded is not None}
    return {id: reckon(each, formula, excluded=id in excluded) for id, each in told.items()}


def check(profile: Profile | None, wanted: Expected | None, formula: Formula = FORMULA) -> None:
    """Counts and money are the same, scores and links within 1e-9."""
    if wanted is None or profile is None:
        assert profile is None
        assert wanted is None
        return
    assert profile.acts == wanted.acts
    assert profile.money == wanted.money
    assert (profile.first, profile.last) == (wanted.first, wanted.last)
    sums = wanted.sums(formula)
    for cell in formula.decays:
        assert profile.sums.get(cell, 0.0) == pytest.approx(
            sums.get(cell, 0.0), rel=1e-9, abs=1e-9
        ), cell


def _follow(id: str, into: Mapping[str, str | None]) -> str:
    way = [id]
    while (onward := into.get(way[-1])) is not None:
        if onward in way:
            return min(way[way.index(onward) :])
        way.append(onward)
    return way[-1]
