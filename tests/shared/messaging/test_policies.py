"""Backoff grows, is bounded, and chance only shortens it."""

from hypothesis import given
from hypothesis import strategies as st

from shared.messaging.policies import RetryPolicy


def test_waits_double_up_to_the_longest() -> None:
    policy = RetryPolicy(first=0.1, longest=1.0)
    waits = [policy.wait(failures, chance=0.0) for failures in range(1, 7)]
    assert waits == [0.1, 0.2, 0.4, 0.8, 1.0, 1.0]


@given(st.integers(1, 10**6), st.floats(0, 1, exclude_max=True), st.floats(0, 1))
def test_chance_takes_off_at_most_the_jitter(failures: int, chance: float, jitter: float) -> None:
    policy = RetryPolicy(first=0.1, longest=30.0, jitter=jitter)
    most = policy.wait(failures, chance=0.0)
    assert most * (1 - jitter) <= policy.wait(failures, chance) <= most <= 30.0
