"""Explanations add up, past scores are those of the acts by then, and ways lead where they say."""

import math
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from random import Random

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.engagement.domain import ledger, wording
from services.engagement.domain.act import Act
from services.engagement.domain.apportioning import UNITS, in_units
from services.engagement.domain.customer import CustomerRecord
from services.engagement.domain.decay import DAY_MS, Decay
from services.engagement.domain.explaining import Explanation, explain, lines_of
from services.engagement.domain.formula import Demotion, Formula, Level, Rule, ScoreRule
from services.engagement.domain.limits import Limits
from services.engagement.domain.looking_back import look_back, loss, watch_at
from services.engagement.domain.next_level import Way, ways
from services.engagement.domain.period import Rolling
from services.engagement.domain.profile import Profile, Score, value
from services.engagement.domain.watch import Held, Watch
from tests.services.engagement.builders import LANDMARK, START, make_act, make_formula
from tests.services.engagement.histories import check, make_history, make_limited_formula
from tests.services.engagement.oracle import reckon

CUSTOMER = "a"
WEEK = Decay(LANDMARK, 7 * DAY_MS)
AFTER_ALL = START + 300 * DAY_MS
SCORES = {
    "half": ScoreRule({"commerce": 0.5, "advocacy": 1.5}, [Level("low", 0.0), Level("high", 30.0)]),
    "bare": ScoreRule({"advocacy": 1.0}),
}


def make_acts(random: Random) -> list[Act]:
    """A random history of one customer."""
    steps = make_history(random, limited=True)
    told = {act.key: act for step in steps if not isinstance(step, CustomerRecord) for act in step}
    return [msgspec.structs.replace(act, origin=CUSTOMER) for act in told.values()]


def make_any_formula(random: Random) -> Formula:
    formula = random.choice((make_formula(), make_limited_formula(random)))
    return replace(formula, scores=SCORES)


def by_then(acts: Sequence[Act], time: int) -> list[Act]:
    return [act for act in acts if act.time <= time]


def explained(acts: Sequence[Act], formula: Formula, time: int) -> Explanation | None:
    past = look_back(Profile(CUSTOMER), by_then(acts, time), formula, time)
    if past is None:
        return None
    score = value(past.profile, (), formula, time, 0)
    return explain(score, lines_of(past.entries, formula, time), formula)


def total_by_definition(acts: Sequence[Act], formula: Formula, time: int) -> float:
    sums = reckon(by_then(acts, time), formula).sums(formula)
    parts = [
        formula.decays[cell].at(total, time)
        for cell, total in sums.items()
        if not cell.startswith("link")
    ]
    return max(0.0, math.fsum(parts))


def test_what_was_long_before_the_landmark_was_worth_something_then() -> None:
    quick = replace(make_formula(), decays={"commerce": WEEK, "advocacy": WEEK})
    then = START - 9500 * DAY_MS
    formula = quick.reaching(then)
    found = explained([make_act(day=-9500, customer=CUSTOMER)], formula, then)
    assert found is not None
    assert (found.total, found.dimensions["advocacy"]) == (2500, 2500)
    assert formula.version == quick.version
    assert quick.reaching(START) is quick


RANDOM = st.randoms(use_true_random=False)
TIMES = st.integers(START - DAY_MS, START + 5000 * DAY_MS) | st.integers(
    START, START + 220 * DAY_MS
)


@settings(max_examples=400, deadline=None)
@given(RANDOM, TIMES)
def test_what_is_shown_adds_up_to_the_last_digit(random: Random, time: int) -> None:
    acts, formula = make_acts(random), make_any_formula(random)
    found = explained(acts, formula, time)
    if found is None:
        assert not by_then(acts, time)
        return
    assert found.total == in_units(found.score.total)
    assert found.total / UNITS == pytest.approx(
        total_by_definition(acts, formula, time), abs=0.5 / UNITS + 1e-9
    )
    assert sum(found.dimensions.values()) + found.lifted == found.total
    assert found.lifted >= 0
    for name, units in found.dimensions.items():
        lines = [line for line in found.lines if line.dimension == name]
        assert sum(line.worth_shown for line in lines) + found.faded[name].worth == units
        for line in lines:
            assert line.worth_shown / UNITS == pytest.approx(line.worth, abs=2 / UNITS)
            assert line.earned_shown - line.age_took == line.worth_shown
    shown = sum(len(line.entries) for line in found.lines)
    assert shown + found.faded_together.acts + found.silent == len(by_then(acts, time))
    for name, share in found.named.items():
        assert sum(share.dimensions.values()) + share.lifted == share.total
        assert share.total == in_units(found.score.scores[name].total)


@settings(max_examples=200, deadline=None)
@given(RANDOM, TIMES)
def test_a_past_profile_is_that_of_the_acts_by_then(random: Random, time: int) -> None:
    acts, formula = make_acts(random), make_any_formula(random)
    told = by_then(acts, time)
    past = look_back(Profile(CUSTOMER), told, formula, time)
    wanted = reckon(told, formula) if told else None
    check(None if past is None else past.profile, wanted, formula)


@settings(max_examples=300, deadline=None)
@given(RANDOM, st.integers(0, 220))
def test_a_way_leads_where_it_says_and_no_shorter_one_does(random: Random, day: int) -> None:
    formula, time = make_any_formula(random), START + day * DAY_MS
    acts = by_then(make_acts(random), time)
    score, found = _ways(acts, formula, time)
    for way in found:
        assert score.next_level is not None
        missing = score.next_level.start - sum(score.dimensions.values())
        done = _gain(acts, formula, time, way, way.times or 0)
        if way.reaches:
            assert done >= missing - 1e-6
            less = _gain(acts, formula, time, way, (way.times or 0) - 1)
            assert less < missing
        elif way.times is not None:
            assert done == pytest.approx(way.points, abs=1e-6)
            assert _gain(acts, formula, time, way, 201) < missing + 0.02


def _ways(acts: Sequence[Act], formula: Formula, time: int) -> tuple[Score, Sequence[Way]]:
    past = look_back(Profile(CUSTOMER), acts, formula, time)
    profile = Profile(CUSTOMER) if past is None else past.profile
    score = value(profile, (), formula, time, 0)
    if score.next_level is None:
        return score, []
    lines = lines_of(() if past is None else past.entries, formula, time)
    missing = score.next_level.start - sum(score.dimensions.values())
    return score, ways(missing, dict.fromkeys(score.dimensions, 1.0), lines, formula, time)


def _gain(acts: Sequence[Act], formula: Formula, time: int, way: Way, times: int) -> float:
    """What acts add to the score; by amount one less `times` is a cent less."""
    day = (time - START) / DAY_MS
    if way.amount is not None:
        amount = f"{way.amount if times == 0 else max(way.amount - 1, 0):.2f}"
        more = [make_act(way.kind, id="~", customer=CUSTOMER, day=day, amount=amount, order="~")]
    else:
        more = [make_act(way.kind, id=f"~{n:03}", customer=CUSTOMER, day=day) for n in range(times)]
    more = [msgspec.structs.replace(act, channel="web") for act in more]
    return _sum([*acts, *more], formula, time) - _sum(acts, formula, time)


def _sum(acts: Sequence[Act], formula: Formula, time: int) -> float:
    past = look_back(Profile(CUSTOMER), acts, formula, time)
    if past is None:
        return 0.0
    return sum(value(past.profile, (), formula, time, 0).dimensions.values())


def _capped() -> Formula:
    formula = make_formula()
    limits = Limits(factor=0.5, diminishing_per=Rolling(DAY_MS))
    cap = Limits(most_points=40.0, cap_per=Rolling(7 * DAY_MS))
    rules = dict(formula.rules)
    rules["referral"] = replace(rules["referral"], limits=limits)
    rules["purchase"] = replace(rules["purchase"], limits=cap)
    return replace(formula, rules=rules)


def test_a_cut_line_says_what_cut_it_and_what_it_had_asked_for() -> None:
    acts = [
        make_act(id="1", customer=CUSTOMER),
        make_act(id="2", customer=CUSTOMER, day=0.5),
        make_act("purchase", id="3", customer=CUSTOMER, order="o1", amount="500.00"),
    ]
    found = explained(acts, _capped(), START + DAY_MS // 2)
    assert found is not None
    lines = {line.entries[0].key: line for line in found.lines}
    assert (lines["/shop 1"].cut, lines["/shop 1"].asked) == (None, None)
    assert (lines["/shop 2"].cut, lines["/shop 2"].asked) == (ledger.DIMINISHED, 25.0)
    assert lines["/shop 2"].earned == 12.5
    assert lines["/shop 3"].cut == ledger.CAPPED
    assert lines["/shop 3"].asked == pytest.approx(50.0)
    assert wording.of_line(lines["/shop 2"]) == (
        "Referral of 2026-01-01 earned 12.50 points. Without limits it would have been 25.00:"
        " Others of its kind came before it in the same period, so it earns less."
    )


def test_an_order_is_one_line_and_a_refunded_one_says_so() -> None:
    acts = [
        make_act("purchase", id="1", customer=CUSTOMER, order="o1", amount="100.00"),
        make_act("refund", id="2", customer=CUSTOMER, order="o1", amount="100.00", day=3),
    ]
    found = explained(acts, make_formula(), START + 180 * DAY_MS)
    assert found is not None
    (line,) = found.lines
    assert (line.kind, line.earned_shown, line.worth_shown) == ("purchase", 0, 0)
    assert wording.of_line(line) == "Order o1, told of 2 times, of 2026-01-01 earns nothing."


def test_old_acts_are_summed_up_in_one_line() -> None:
    acts = [make_act(id=f"{n}", customer=CUSTOMER) for n in range(300)]
    acts.append(make_act("purchase", id="p", customer=CUSTOMER, order="o", amount="5000.00"))
    found = explained(acts, make_formula(), START + 1300 * DAY_MS)
    assert found is not None
    assert [line.kind for line in found.lines] == ["purchase"]
    faded = found.faded["advocacy"]
    assert (faded.acts, faded.earned) == (300, 750_000)
    assert faded.worth == found.dimensions["advocacy"] > 0
    assert "300 acts" in wording.of_faded(faded)


def test_three_more_referrals_or_a_purchase() -> None:
    acts = [make_act("purchase", id="1", customer=CUSTOMER, order="o1", amount="100.00")]
    _, found = _ways(acts, make_formula(), START)
    assert [wording.of_way(way, "EUR") for way in found] == [
        "100.00 EUR of purchase.",
        "1 x referral.",
    ]
    _, found = _ways(acts, _capped(), START)
    by_kind = {way.kind: way for way in found}
    assert by_kind["purchase"].reaches
    richer = [*acts, make_act(id="2", customer=CUSTOMER)]
    _, found = _ways(richer, _capped(), START)
    refused = next(way for way in found if way.kind == "referral")
    assert not refused.reaches
    assert wording.of_way(refused, "EUR").startswith("By referral alone it can't be reached now")


def test_an_act_that_counts_once_says_what_it_would_earn() -> None:
    formula = make_formula()
    once = Rule("advocacy", points=2.0, limits=Limits(nth=1))
    formula = replace(formula, rules={"sign_up": once, **formula.rules})
    _, found = _ways([], formula, START)
    assert [way.kind for way in found] == ["purchase", "referral", "sign_up"]
    assert wording.of_way(found[-1], "EUR") == (
        "By sign up alone it can't be reached now: It counts only once, and that one would earn"
        " 2.00 points."
    )
    _, found = _ways([make_act("sign_up", id="1", customer=CUSTOMER)], formula, START)
    assert wording.of_way(found[-1], "EUR") == (
        "By sign up alone it can't be reached now: Acts of this kind count once, and an earlier"
        " one did. 0.00 points are the most."
    )


def test_the_few_that_need_least_are_told_and_none_that_nobody_chooses() -> None:
    formula = make_formula()
    points = {"complaint": 90, "welcome": 50, "answer": 50, "idea": 3, "help": 10, "visit": 1}
    rules = {kind: Rule("advocacy", points=float(one)) for kind, one in points.items()}
    rules |= {"post": Rule("advocacy", points=2.0), **formula.rules}
    _, found = _ways([], replace(formula, rules=rules), START)
    assert [way.kind for way in found] == ["purchase", "referral", "help", "idea", "post"]


def test_by_the_default_margin_a_purchase_has_to_be_larger() -> None:
    formula = make_formula()
    rules = {**formula.rules, "purchase": replace(formula.rules["purchase"], of_margin=True)}
    formula = replace(formula, rules=rules, margin_rate=0.25)
    _, found = _ways([], formula, START)
    (way,) = (way for way in found if way.kind == "purchase")
    assert (way.amount, way.by_default_margin) == (Decimal("800.00"), True)


def test_when_the_level_is_lost() -> None:
    formula = replace(make_formula(), demotion=Demotion(30 * DAY_MS, 30 * DAY_MS))
    acts = [make_act(id=f"{n}", customer=CUSTOMER) for n in range(3)]
    past = look_back(Profile(CUSTOMER), acts, formula, START)
    assert past is not None
    found = loss(past.profile, formula, START)
    assert found is not None
    fell = START + 90 * DAY_MS * math.log2(75 / 60)
    assert found.level == "ally"
    assert found.below_at == pytest.approx(fell, abs=1000)
    assert found.lost_at == found.below_at + 30 * DAY_MS
    assert "is lost on 2026-02-" in wording.of_loss(found, START)
    newcomer = look_back(Profile(CUSTOMER), acts[:0] or [make_act("x")], formula, START)
    assert newcomer is not None
    assert loss(newcomer.profile, formula, START) is None


def test_levels_of_the_past_are_those_that_were_held() -> None:
    watch = Watch(levels=(Held("newcomer", 10), Held("ally", 20)), below=30, demoted=5)
    assert watch_at(watch, 5) == Watch()
    assert watch_at(watch, 15).levels == (Held("newcomer", 10),)
    assert watch_at(watch, 15).below is None
    assert watch_at(watch, 25).below is None
    assert watch_at(watch, 40) == watch


def test_a_level_that_was_held_is_held_at_that_time_and_lost_in_time() -> None:
    formula = replace(make_formula(), demotion=Demotion(30 * DAY_MS, 30 * DAY_MS))
    acts = [make_act(id=f"{n}", customer=CUSTOMER) for n in range(3)]
    known = Profile(CUSTOMER, watch=Watch(levels=(Held("ally", START),)))
    for days, level in ((0, "ally"), (40, "ally"), (70, "friend"), (400, "newcomer")):
        time = START + days * DAY_MS
        past = look_back(known, acts, formula, time)
        assert past is not None
        assert value(past.profile, (), formula, time, 0).level.name == level
