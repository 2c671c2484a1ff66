"""When a consumer counts as well: each way to stand still is noticed."""

from datetime import UTC, datetime, timedelta

import pytest

from shared.clock import ManualClock
from shared.messaging.health import Progress
from shared.messaging.ports import Batch

PLACE = ("acts", 0)
BATCH = Batch(*PLACE, 0, 1, [])


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(datetime(2026, 1, 1, tzinfo=UTC))


@pytest.fixture
def progress(clock: ManualClock) -> Progress:
    return Progress("group", clock)


def live(progress: Progress, lag: int = 0) -> None:
    progress.fetched(0)
    progress.measured(frozenset({PLACE}), {PLACE: lag})


def test_idle_is_well(progress: Progress, clock: ManualClock) -> None:
    clock.advance(timedelta(minutes=5))
    live(progress)
    health = progress.snapshot()
    assert health.healthy(within=1)
    assert (health.assigned, health.lag) == (frozenset({PLACE}), {PLACE: 0})


def test_never_started_is_ill(progress: Progress, clock: ManualClock) -> None:
    clock.advance(timedelta(seconds=61))
    assert not progress.snapshot().healthy(within=60)


def test_no_more_fetches_is_ill(progress: Progress, clock: ManualClock) -> None:
    clock.advance(timedelta(seconds=61))
    progress.measured(frozenset({PLACE}), {PLACE: 0})
    assert progress.snapshot().poll_age == 61
    assert not progress.snapshot().healthy(within=60)


def test_a_silent_log_is_ill_even_if_fetches_come_back_empty(
    progress: Progress, clock: ManualClock
) -> None:
    clock.advance(timedelta(seconds=61))
    progress.fetched(0)
    assert progress.snapshot().contact_age == 61
    assert not progress.snapshot().healthy(within=60)


def test_a_batch_that_never_ends_is_ill(progress: Progress, clock: ManualClock) -> None:
    progress.began(BATCH)
    clock.advance(timedelta(seconds=61))
    live(progress)
    assert progress.snapshot().in_hand_age == 61
    assert not progress.snapshot().healthy(within=60)
    progress.ended(BATCH)
    progress.done()
    assert progress.snapshot().healthy(within=60)


def test_lag_without_a_batch_is_ill(progress: Progress, clock: ManualClock) -> None:
    clock.advance(timedelta(seconds=61))
    live(progress, lag=3)
    assert progress.snapshot().behind_age == 61
    assert not progress.snapshot().healthy(within=60)


def test_lag_with_batches_is_well(progress: Progress, clock: ManualClock) -> None:
    clock.advance(timedelta(seconds=61))
    progress.done()
    live(progress, lag=3)
    assert progress.snapshot().healthy(within=60)


def test_an_error_is_named_by_its_kind_alone(progress: Progress) -> None:
    progress.failed(ValueError("ada@example.org"))
    assert progress.snapshot().last_error == "ValueError"
