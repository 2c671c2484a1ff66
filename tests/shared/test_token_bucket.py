"""Token buckets."""

from hypothesis import given
from hypothesis import strategies as st

from shared.token_bucket import TokenBucket

RATES = st.floats(0.1, 1000)


@given(RATES, st.floats(1, 50), st.lists(st.tuples(st.floats(0, 3), st.integers(0, 100))))
def test_never_more_than_the_rate_and_one_burst(
    rate: float, burst: float, looks: list[tuple[float, int]]
) -> None:
    bucket, now, taken = TokenBucket(burst, burst, 0.0), 0.0, 0
    for gap, wanted in looks:
        now += gap
        given_now = bucket.take(rate, now, wanted)
        assert 0 <= given_now <= wanted
        taken += given_now
        assert taken <= burst + rate * now + 1e-6


@given(RATES, st.integers(1, 100))
def test_after_the_wait_there_is_one(rate: float, wanted: int) -> None:
    bucket = TokenBucket(1.0, 1.0, 0.0)
    assert bucket.take(rate, 0.0, wanted) == 1
    assert bucket.take(rate, bucket.wait(rate) * 0.99, 1) == 0
    assert bucket.take(rate, bucket.at + bucket.wait(rate) + 1e-9, wanted) == 1


def test_a_clock_that_goes_back_takes_nothing_away() -> None:
    bucket = TokenBucket(5.0, 5.0, 100.0)
    assert bucket.take(1.0, 50.0, 2) == 2
    assert bucket.take(1.0, 50.0, 9) == 3


def test_what_was_not_needed_comes_back_up_to_the_burst() -> None:
    bucket = TokenBucket(3.0, 3.0, 0.0)
    assert bucket.take(1.0, 0.0, 3) == 3
    bucket.give_back(2)
    assert bucket.take(1.0, 0.0, 9) == 2
    bucket.give_back(50)
    assert bucket.take(1.0, 0.0, 9) == 3
