"""Limits on acts of one kind, by examples; the histories hold them against a reckoning by rules."""

from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.engagement.domain import ledger
from services.engagement.domain.decay import DAY_MS
from services.engagement.domain.limits import Claim, Limits, Track
from services.engagement.domain.period import Rolling

WEEK = Rolling(7 * DAY_MS)


def _credits(limits: Limits, *days: float, first: float = 0) -> list[float]:
    """Of acts that ask for 10 points each, told in this order."""
    track = Track(limits, int(first * DAY_MS))
    claims = [Claim(int(day * DAY_MS), f"{number}", 10.0) for number, day in enumerate(days)]
    for claim in claims:
        track.put(claim)
    return [claim.credit for claim in claims]


def test_a_cap_leaves_the_rest_to_the_act_that_reaches_it() -> None:
    limits = Limits(most_points=25, cap_per=WEEK)
    assert _credits(limits, 1, 2, 3, 4) == [10.0, 10.0, 5.0, 0.0]


def test_a_rolling_cap_is_free_again_when_an_act_lies_back_far_enough() -> None:
    limits = Limits(most_times=1, cap_per=WEEK)
    assert _credits(limits, 1, 7.9, 8, 15) == [10.0, 0.0, 10.0, 10.0]


def test_an_earlier_act_that_comes_late_takes_the_place_of_a_later_one() -> None:
    limits = Limits(most_times=1, cap_per=WEEK)
    assert _credits(limits, 5, 3) == [0.0, 10.0]


def test_each_further_act_of_a_period_earns_less() -> None:
    limits = Limits(factor=0.5, diminishing_per=WEEK)
    assert _credits(limits, 1, 2, 3, 30) == [10.0, 5.0, 2.5, 10.0]


def test_only_the_nth_counts() -> None:
    assert _credits(Limits(nth=1), 5, 9, 1) == [0.0, 0.0, 10.0]
    assert _credits(Limits(every=2), 1, 2, 3, 4) == [0.0, 10.0, 0.0, 10.0]


def test_an_act_counts_once_the_customer_is_known_for_long_enough() -> None:
    track = Track(Limits(least_age=7 * DAY_MS), 5 * DAY_MS)
    claim = Claim(8 * DAY_MS, "a", 10.0)
    track.put(claim)
    assert (claim.credit, claim.note) == (0.0, ledger.TOO_YOUNG)
    assert track.know_since(DAY_MS) == [claim]
    assert (claim.credit, claim.note) == (10.0, None)


def test_an_act_that_may_not_count_leaves_the_place_to_the_next() -> None:
    track = Track(Limits(nth=1), 0)
    elsewhere = Claim(DAY_MS, "a", 10.0, bar=ledger.WRONG_CHANNEL)
    here = Claim(2 * DAY_MS, "b", 10.0)
    track.put(elsewhere)
    track.put(here)
    assert (elsewhere.credit, elsewhere.note) == (0.0, ledger.WRONG_CHANNEL)
    assert here.credit == 10.0


def test_who_is_gone_gives_back_what_others_lacked() -> None:
    track = Track(Limits(most_times=1, cap_per=WEEK), 0)
    first, second = Claim(DAY_MS, "a", 10.0), Claim(2 * DAY_MS, "b", 10.0)
    track.put(first)
    track.put(second)
    assert track.drop("a") == [second]
    assert second.credit == 10.0


EVERY_LIMIT = [
    Limits(nth=2),
    Limits(every=3),
    Limits(factor=0.5, diminishing_per=WEEK),
    Limits(most_times=2, cap_per=WEEK),
    Limits(most_points=25, cap_per=WEEK, least_age=3 * DAY_MS),
    Limits(every=2, factor=0.75, diminishing_per=WEEK, most_points=12, cap_per=WEEK),
]


@given(
    st.sampled_from(EVERY_LIMIT),
    st.lists(st.tuples(st.integers(0, 9), st.integers(0, 20), st.booleans())),
)
def test_whatever_came_and_went_the_claims_that_stand_earn_what_they_would_alone(
    limits: Limits, steps: list[tuple[int, int, bool]]
) -> None:
    track, standing = Track(limits, 10 * DAY_MS), dict[str, Claim]()
    for key, day, stays in steps:
        if stays:
            bar = ledger.WRONG_CHANNEL if day % 5 == 0 else None
            claim = standing[f"{key}"] = Claim(day * DAY_MS, f"{key}", 10.0, bar)
            track.put(claim)
        else:
            track.drop(f"{key}")
            standing.pop(f"{key}", None)
    track.know_since(DAY_MS)
    alone = Track(limits, DAY_MS)
    for claim in sorted(standing.values(), key=lambda one: one.place):
        again = Claim(claim.time, claim.key, claim.amount, claim.bar)
        alone.put(again)
        assert (claim.credit, claim.note) == (again.credit, again.note)


@pytest.mark.parametrize("limits", EVERY_LIMIT)
def test_who_does_the_same_ten_thousand_times_holds_up_nobody(limits: Limits) -> None:
    track, started = Track(limits, 0), process_time()
    for number in range(20_000):
        track.put(Claim(4 * DAY_MS + number, f"{number:05}", 10.0))
    assert process_time() - started < 4  # many times that, if each looked at all before it
