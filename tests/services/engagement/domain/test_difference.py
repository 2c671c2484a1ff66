"""What another formula changes, counted over customers."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from services.engagement.domain.decay import DAY_MS
from services.engagement.domain.difference import Comparison, Difference, Standpoint
from services.engagement.domain.formula import Formula, Level, Rule
from services.engagement.domain.profile import Profile
from shared.programme.thanks_rules import Audience, ThanksRule
from tests.services.engagement.builders import START, make_formula

OLD = make_formula()
NEW = replace(
    OLD,
    version="new",
    levels=[Level("newcomer", 0.0), Level("friend", 10.0), Level("ally", 60.0), Level("hero", 900)],
)


def profile(points: float, acts: int = 1, paid: int = 10, last: int = START) -> Profile:
    """Who has so many points at START."""
    total = OLD.decays["commerce"].to_landmark(points, START)
    return Profile("c", {"commerce": total}, {"help": acts}, {"EUR": (paid, 0)}, START, last)


def thanks(on: str, *levels: str) -> ThanksRule:
    return ThanksRule(
        "r", on, ("t",), ("email",), None, audience=Audience(levels=frozenset(levels))
    )


def compare(
    *customers: Standpoint, new: Formula = NEW, rules: Sequence[ThanksRule] = ()
) -> Difference:
    comparison = Comparison(OLD, new, rules, START)
    for customer in customers:
        comparison.add(customer)
    return comparison.result()


def stands(before: float, after: float, peak: float = 0.0) -> Standpoint:
    return Standpoint(profile(before), profile(after), peak, settled=True)


def test_who_moves() -> None:
    found = compare(stands(15, 15), stands(15, 70), stands(15, 80), stands(70, 5), stands(30, 30))
    moves = {(move.before, move.after): move.customers for move in found.moves}
    assert moves == {
        ("newcomer", "friend"): 1,
        ("newcomer", "ally"): 2,
        ("ally", "newcomer"): 1,
    }
    assert found.promotions == {"friend": 1, "ally": 2}
    assert found.customers == 5


@pytest.mark.parametrize(
    ("rules", "thanked"),
    [
        ([], 0),
        ([thanks("purchase"), thanks("level_reached.newcomer"), thanks("first.level_reached")], 0),
        ([thanks("level_reached.friend")], 1),
        ([thanks("level_reached.ally"), thanks("level_reached", "ally", "hero")], 2),
        ([thanks("level_reached.ally", "friend")], 0),
        ([thanks("level_reached"), thanks("level_reached.ally")], 3),
    ],
)
def test_whom_a_rule_thanks(rules: Sequence[ThanksRule], thanked: int) -> None:
    customers = stands(15, 15), stands(15, 70), stands(15, 80), stands(70, 5), stands(30, 30)
    found = compare(*customers, rules=rules)
    assert found.promotions == {"friend": 1, "ally": 2}
    assert found.thanks == thanked


def test_how_scores_spread() -> None:
    found = compare(*(stands(n, 2 * n) for n in range(101)))
    assert found.before.mean == pytest.approx(50)
    assert found.after.mean == pytest.approx(100)
    assert [found.before.highest, found.after.highest] == pytest.approx([100, 200])
    assert found.before.quantiles["0.5"] == pytest.approx(50, abs=2)
    assert found.after.quantiles["0.9"] == pytest.approx(180, abs=4)


def test_where_nothing_moves_nothing_seems_to() -> None:
    scores = [1.5 * n for n in range(5000)]
    found = compare(*(stands(one, one) for one in reversed(scores)))
    assert found.before == found.after
    assert found.before.quantiles["0.5"] == pytest.approx(scores[2500], abs=1.5)


def test_levels_that_nobody_or_everybody_reaches_are_warned_of() -> None:
    found = compare(stands(0, 0, peak=70), stands(0, 0, peak=10))
    assert {one.level: (one.customers, one.share) for one in found.reach} == {
        "newcomer": (2, 1.0),
        "friend": (2, 1.0),
        "ally": (1, 0.5),
        "hero": (0, 0.0),
    }
    assert found.warnings == [
        "everybody would reach 'friend' within a year",
        "nobody would reach 'hero' within a year",
    ]


def test_counts_and_money_must_be_the_same() -> None:
    same = profile(1)
    pairs = [
        Standpoint(same, profile(1, acts=2), 0, settled=True),
        Standpoint(same, profile(1, paid=11), 0, settled=True),
        Standpoint(same, profile(1, last=START + DAY_MS), 0, settled=True),
        Standpoint(same, None, None, settled=True),
        Standpoint(same, None, None, settled=False),
        Standpoint(same, same, 0, settled=True),
    ]
    assert compare(*pairs).faults == [
        "first or last act: 1 customer",
        "known to one book only: 1 customer",
        "money, EUR: 1 customer",
        "number of acts, help: 1 customer",
    ]


def test_what_means_something_else_now_is_not_compared() -> None:
    other = replace(NEW, rules={**NEW.rules, "undo": Rule("advocacy", reverses="help")})
    found = compare(Standpoint(profile(1), profile(1, 2, 11), 0, settled=True), new=other)
    assert found.faults == []
    assert found.unchecked == ["number of acts, help", "number of acts, undo", "money"]


def test_nobody_at_all() -> None:
    found = compare()
    assert (found.customers, found.moves, found.warnings) == (0, [], [])
    assert found.before.quantiles == {}
