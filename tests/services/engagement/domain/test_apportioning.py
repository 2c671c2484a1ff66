"""What is shown adds up, and no part is far from what it is."""

import math
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.engagement.domain.apportioning import UNITS, apportion, in_units

POINTS = st.floats(-1e6, 1e6, allow_nan=False)


@given(st.lists(POINTS, min_size=1, max_size=30))
def test_parts_add_up_and_each_is_rounded_down_or_up(parts: Sequence[float]) -> None:
    whole = in_units(math.fsum(parts))
    shown = apportion(parts, whole)
    assert sum(shown) == whole
    for part, units in zip(parts, shown, strict=True):
        assert abs(units - part * UNITS) < 1 + 1e-6


@given(st.lists(POINTS, min_size=1, max_size=30), st.integers(-3, 3))
def test_a_whole_that_was_rounded_before_is_met_too(parts: Sequence[float], off: int) -> None:
    whole = in_units(math.fsum(parts)) + off
    assert sum(apportion(parts, whole)) == whole


@pytest.mark.parametrize(
    ("parts", "shown"),
    [
        ([], []),
        ([1 / 3, 1 / 3, 1 / 3], [34, 33, 33]),
        ([0.004, 0.004, 0.992], [1, 0, 99]),
        ([-0.015, 0.025], [-1, 2]),
    ],
)
def test_the_largest_remainders_are_lifted(parts: list[float], shown: list[int]) -> None:
    assert apportion(parts, in_units(sum(parts))) == shown
