"""Levels: reached at once, lost late, one at a time, without a word."""

import math
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.engagement.domain.decay import DAY_MS
from services.engagement.domain.formula import Demotion
from services.engagement.domain.moments.curve import Curve
from services.engagement.domain.watch import MOST_LEVELS, Watch
from tests.services.engagement.domain.moments.world import (
    EVERYTHING,
    FORMULA,
    NOTHING,
    START,
    World,
    day,
    entry,
)

LEVELS = replace(NOTHING, level_reached=True)


def test_a_customer_begins_at_the_lowest_level_with_the_first_contact() -> None:
    world = World(LEVELS)
    assert world.tell(3, entry(on=1, points=5)) == []
    assert world.levels == [("newcomer", 1)]
    world.tell(4, entry(on=0, points=1))
    assert world.levels == [("newcomer", 0)]


def test_a_level_is_reached_at_once_and_said_once_also_over_others() -> None:
    world = World(LEVELS)
    (moment,) = world.tell(2, entry(points=30))
    assert (moment.kind, moment.name, moment.time) == ("level_reached", "friend", day(2))
    assert moment.act is not None
    assert moment.act.id == "purchase-0"
    (further,) = world.tell(5, entry(on=5, points=40))
    assert further.name == "ally"
    assert world.levels == [("newcomer", 0), ("friend", 2), ("ally", 5)]
    assert World(LEVELS).tell(0, entry(points=100))[0].name == "ally"


def test_a_level_is_lost_after_the_grace_time_in_silence() -> None:
    world = World(LEVELS)
    world.tell(0, entry(points=40))
    fell = 180  # days until 40 points count 20
    assert world.watch.due == pytest.approx(day(fell + 30), abs=2)
    assert world.look(fell + 29.99) == []
    assert world.level == "friend"
    assert world.look(fell + 30.01) == []
    assert world.levels == [("newcomer", 0), ("friend", 0), ("newcomer", fell + 30)]


def test_who_comes_back_within_the_grace_time_keeps_the_level() -> None:
    world = World(LEVELS)
    world.tell(0, entry(points=40))
    world.tell(200, entry(on=200, points=20))
    world.look(215)
    assert world.level == "friend"
    world.look(1000)
    assert world.level == "newcomer"


def test_reached_again_after_a_loss_is_a_new_moment() -> None:
    world = World(LEVELS)
    first = world.tell(0, entry(points=40))
    world.look(300)
    second = world.tell(301, entry(on=301, points=40))
    assert [one.name for one in first + second] == ["friend", "friend"]
    assert first[0].id != second[0].id


def test_levels_are_lost_one_by_one_a_month_apart() -> None:
    world = World(LEVELS)
    world.tell(0, entry(points=100, cell="voice"))
    world.look(10_000)
    (_, _), (top, _), (middle, lost), (low, lost_again) = world.levels
    assert (top, middle, low) == ("ally", "friend", "newcomer")
    assert lost_again - lost >= 30


def test_a_refund_begins_the_grace_time_where_it_takes_the_score_below() -> None:
    world = World(LEVELS)
    world.tell(0, entry(points=25))
    world.tell(10, entry("refund", on=10, points=-15))
    assert world.watch.below == day(10)
    world.tell(20, entry("help", on=20, points=1))
    assert world.watch.below == day(10)
    world.look(39)
    assert world.level == "friend"
    world.look(40)
    assert world.levels[-1] == ("newcomer", 40)


def test_what_was_to_be_lost_is_lost_even_if_an_act_comes_before_anybody_looks() -> None:
    world = World(LEVELS)
    world.tell(0, entry(points=40))
    (moment,) = world.tell(250, entry(on=250, points=40))
    assert moment.name == "friend"
    assert world.levels[-2:] == [("newcomer", 210), ("friend", 250)]


def test_no_grace_time_no_loss() -> None:
    world = World(LEVELS, replace(FORMULA, demotion=None))
    world.tell(0, entry(points=40))
    assert world.watch.due is None
    assert world.look_anyway(5000) == []
    assert world.level == "friend"


def test_a_profile_from_before_there_were_watches_begins_where_it_stands() -> None:
    world = World(EVERYTHING)
    world.tell(0, entry(points=40))
    assert world.profile is not None
    world.profile = replace(world.profile, watch=Watch(due=0))
    assert world.look(1) == []
    assert world.levels == [("friend", 0)]
    assert world.tell(2, entry("help", on=2)) == []


def test_a_level_that_the_programme_no_longer_has_is_replaced_in_silence() -> None:
    world = World(LEVELS)
    world.tell(0, entry(points=40))
    world.formula = replace(FORMULA, levels=[FORMULA.levels[0], FORMULA.levels[2]])
    assert world.tell(1, entry("help", on=1, points=1)) == []
    assert world.level == "newcomer"


def test_the_history_of_levels_is_bounded() -> None:
    world = World(LEVELS)
    for turn in range(MOST_LEVELS):
        world.tell(turn * 400, entry(on=turn * 400, points=21, cell="voice"))
    assert len(world.watch.levels) == MOST_LEVELS
    assert len(world.moments) == MOST_LEVELS


SUMS = st.dictionaries(st.sampled_from(["commerce", "voice"]), st.floats(0.1, 1e6), min_size=1)


@given(SUMS, st.floats(0.001, 1e5), st.integers(0, 2000))
def test_it_falls_below_at_that_millisecond(
    sums: dict[str, float], points: float, since: int
) -> None:
    curve = Curve(sums, FORMULA)
    start = day(since)
    found = curve.falls_below(points, start)
    assert found >= start
    assert curve.at(found) < points
    if found > start:
        assert curve.at(found - 1) >= points


@settings(max_examples=50, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 700), st.floats(0.5, 90), st.sampled_from(["commerce", "voice"])),
        min_size=1,
        max_size=8,
    ),
    st.integers(1, 90),
    st.integers(1, 90),
)
def test_a_lazy_look_finds_the_levels_that_a_daily_one_finds(
    acts: list[tuple[int, float, str]], grace: int, every: int
) -> None:
    formula = replace(FORMULA, demotion=Demotion(grace * DAY_MS, every * DAY_MS))
    lazy, eager = World(LEVELS, formula), World(LEVELS, formula)
    told = sorted(
        (
            entry(on=on, points=points, cell=cell, id=str(n))
            for n, (on, points, cell) in enumerate(acts)
        ),
        key=lambda one: one.time,
    )
    for today in range(1500):
        batch = [one for one in told if one.time == START + today * DAY_MS]
        for world in (lazy, eager):
            world.tell(today, *batch)
        lazy.look(today)
        if eager.profile is not None:
            eager.look_anyway(today)
            assert eager.levels == lazy.levels


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 900), st.floats(1, 90)), min_size=1, max_size=8),
    st.integers(1, 90),
    st.integers(1, 90),
)
def test_losses_are_those_of_an_oracle_that_solves_the_decay_by_hand(
    acts: list[tuple[int, float]], grace: int, every: int
) -> None:
    world = World(LEVELS, replace(FORMULA, demotion=Demotion(grace * DAY_MS, every * DAY_MS)))
    expected: list[tuple[str, float]] = []
    starts, place, below, lost = [0, 20, 60], 0, None, -math.inf
    total, since = 0.0, 0.0
    for on, points in [*sorted(acts), (5000, 0.0)]:
        while place:
            fell = since + 180 * math.log2(total / starts[place]) if below is None else below
            fell = max(fell, expected[-1][1]) if below is None else fell
            loss = max(fell + grace, lost + every)
            if loss > on:
                break
            place, below, lost = place - 1, None, loss
            expected.append((FORMULA.levels[place].name, loss))
        if place and below is None:
            fell = max(since + 180 * math.log2(total / starts[place]), expected[-1][1])
            below = fell if fell <= on else None
        total, since = total * 2 ** ((since - on) / 180) + points, float(on)
        reached = max(n for n in range(3) if starts[n] <= total)
        below = None if place and total >= starts[place] else below
        if not expected:
            expected.append(("newcomer", float(on)))
        if reached > place:
            place, below = reached, None
            expected.append((FORMULA.levels[place].name, float(on)))
    for number, (on, points) in enumerate(sorted(acts)):
        world.look(on)
        world.tell(on, entry(on=on, points=points, id=str(number)))
    world.look(5000)
    assert [level for level, _ in expected] == [held.level for held in world.watch.levels]
    found = [(held.since - START) / DAY_MS for held in world.watch.levels]
    assert found == pytest.approx([time for _, time in expected], abs=1e-6)
