"""The circuit breaker."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from services.notifier.domain.breaker import FAULTS, LONGEST, SHORTEST, TRIAL, UNLIMITED, Breaker
from services.notifier.domain.delivery import JITTER

MS = timedelta(milliseconds=1)
SECOND = 1000


def opened(seed: str = "way", now: int = 0) -> Breaker:
    breaker = Breaker(seed)
    for _ in range(FAULTS):
        breaker = breaker.failed(now)
    return breaker


def test_it_opens_after_so_many_faults_in_a_row() -> None:
    breaker = Breaker("way")
    for _ in range(FAULTS - 1):
        breaker = breaker.failed(0)
        assert (breaker.may_pass(0), breaker.wait(0), breaker.resting) == (UNLIMITED, 0, False)
    assert breaker.passed() == Breaker("way")
    breaker = breaker.failed(0)
    assert (breaker.may_pass(0), breaker.resting) == (0, True)
    assert breaker.wait(0) >= SHORTEST // MS


def test_one_may_try_after_the_rest() -> None:
    breaker = opened()
    now = breaker.wait(0)
    assert breaker.may_pass(now - 1) == 0
    assert breaker.may_pass(now) == 1
    trying = breaker.trying(now)
    assert trying.may_pass(now + 1) == 0
    assert trying.passed().may_pass(now + 1) == UNLIMITED
    assert trying.failed(now + 1).may_pass(now + SHORTEST // MS) == 0
    # Nothing was heard of it.
    assert trying.may_pass(now + TRIAL // MS) == 1


@given(st.text(max_size=8), st.integers(0, 20))
def test_each_rest_is_twice_as_long_up_to_a_limit(seed: str, rounds: int) -> None:
    breaker, now = opened(seed), 0
    for number in range(rounds + 1):
        least = min(LONGEST, SHORTEST * 2**number) // MS
        assert least <= breaker.wait(now) <= least * (1 + JITTER)
        now += breaker.wait(now)
        breaker = breaker.trying(now).failed(now)


def test_those_on_their_way_make_the_rest_no_longer() -> None:
    breaker = opened()
    rest = breaker.wait(0)
    for _ in range(100):
        breaker = breaker.failed(SECOND)
    assert breaker.wait(0) == rest
    now = rest
    assert breaker.trying(now).failed(now).wait(now) <= SHORTEST * 2 * (1 + JITTER) // MS


def test_what_a_provider_asks_for_counts_at_once() -> None:
    asked = timedelta(minutes=20)
    breaker = Breaker("way").failed(0, asked)
    assert breaker.wait(0) == asked // MS
    assert opened().failed(SECOND, asked).wait(SECOND) == asked // MS
    assert Breaker("way").failed(0, timedelta()).wait(0) == 0


events = st.lists(
    st.tuples(
        st.integers(0, 400 * SECOND),
        st.sampled_from(["pass", "fail", "ask", "let"]),
    ),
    max_size=60,
)


@given(events)
def test_a_rest_ends_in_one_trial_whatever_happens(events: list[tuple[int, str]]) -> None:
    breaker, now, in_a_row = Breaker("way"), 0, 0
    for gap, event in events:
        now += gap
        match event:
            case "pass":
                breaker, in_a_row = breaker.passed(), 0
            case "fail":
                breaker, in_a_row = breaker.failed(now), in_a_row + 1
            case "ask":
                breaker, in_a_row = breaker.failed(now, timedelta(seconds=30)), in_a_row + 1
            case "let" if breaker.may_pass(now) == 1:
                breaker = breaker.trying(now)
        assert breaker.faults == in_a_row
        assert breaker.resting or in_a_row < FAULTS
        room, wait = breaker.may_pass(now), breaker.wait(now)
        assert (room == 0) == (wait > 0)
        assert (room == UNLIMITED) == (not breaker.resting)
        assert wait <= LONGEST * (1 + JITTER) // MS
        assert breaker.may_pass(now + wait) > 0
