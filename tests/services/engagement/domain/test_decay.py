"""Forward decay."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.engagement.domain.decay import DAY_MS, Decay

DECAY = Decay(landmark=0, half_life=30 * DAY_MS)


def test_points_halve_in_one_half_life() -> None:
    total = DECAY.to_landmark(8.0, 100 * DAY_MS)
    assert DECAY.at(total, 100 * DAY_MS) == pytest.approx(8.0)
    assert DECAY.at(total, 130 * DAY_MS) == pytest.approx(4.0)


def test_times_before_the_landmark_count_too() -> None:
    total = DECAY.to_landmark(8.0, -3000 * DAY_MS)
    assert DECAY.at(total, -3000 * DAY_MS) == pytest.approx(8.0)


def test_a_sum_that_float64_cannot_hold_is_refused() -> None:
    with pytest.raises(OverflowError):
        DECAY.to_landmark(1.0, 30 * DAY_MS * 961)


def test_no_time_is_too_long_ago_to_be_asked_for() -> None:
    year_one = -719_162 * DAY_MS
    assert DECAY.at(1.0, year_one) == 2.0**960
    assert DECAY.aged(1.0, 0, year_one) == 2.0**960


def test_a_landmark_that_reaches_back_keeps_what_another_would_lose() -> None:
    then = -2000 * 30 * DAY_MS
    assert DECAY.to_landmark(8.0, then) == 0.0
    reaching = DECAY.reaching(then)
    assert reaching.at(reaching.to_landmark(8.0, then), then) == 8.0
    assert DECAY.reaching(DAY_MS) is DECAY


@given(st.floats(-1e6, 1e6), st.integers(-(10**12), 10**12), st.integers(-(10**12), 10**12))
def test_a_sum_of_one_ages_like_the_entry_itself(points: float, since: int, now: int) -> None:
    total = DECAY.to_landmark(points, since)
    assert DECAY.at(total, now) == pytest.approx(DECAY.aged(points, since, now), rel=1e-9)
