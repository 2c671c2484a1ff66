"""What follows from an attempt."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notifier.domain.delivery import JITTER, RETRY_AFTER, Receipt, Wait, next_step
from services.notifier.domain.message import Final


def step(receipt: Receipt, attempts: int = 1, *, idempotent: bool = False) -> Final | Wait:
    return next_step(receipt, "m-1", attempts, idempotent=idempotent)


@pytest.mark.parametrize("idempotent", [True, False])
def test_a_server_that_answers_is_believed(idempotent: bool) -> None:
    assert step(Receipt("taken"), idempotent=idempotent) == "sent"
    assert step(Receipt("refused", "550"), idempotent=idempotent) == "failed"


@pytest.mark.parametrize("idempotent", [True, False])
def test_one_that_asks_to_wait_is_tried_again_for_hours_and_not_for_ever(idempotent: bool) -> None:
    waits: list[timedelta] = []
    while isinstance(
        found := step(Receipt("deferred"), len(waits) + 1, idempotent=idempotent), Wait
    ):
        waits.append(found.after)
    assert found == "failed"
    assert len(waits) == len(RETRY_AFTER)
    for wait, least in zip(waits, RETRY_AFTER, strict=True):
        assert least <= wait <= least * (1 + JITTER)


def test_no_outage_of_a_provider_is_so_long_that_a_message_fails() -> None:
    found = step(Receipt("deferred", fault="provider"), 100)
    assert isinstance(found, Wait)
    assert RETRY_AFTER[-1] <= found.after <= RETRY_AFTER[-1] * (1 + JITTER)


def test_what_is_not_known_is_repeated_only_where_that_does_no_harm() -> None:
    uncertain = Receipt("uncertain")
    assert step(uncertain) == "unknown"
    assert isinstance(step(uncertain, idempotent=True), Wait)
    assert step(uncertain, len(RETRY_AFTER) + 1, idempotent=True) == "unknown"


def test_a_provider_may_ask_for_a_longer_wait_but_not_for_a_shorter_one() -> None:
    assert step(Receipt("deferred", after=timedelta(hours=5))) == Wait(timedelta(hours=5))
    soon = step(Receipt("deferred", after=timedelta(seconds=1)))
    assert isinstance(soon, Wait)
    assert soon.after >= RETRY_AFTER[0]


@given(st.text(), st.integers(1, len(RETRY_AFTER)))
def test_the_same_attempt_waits_equally_long_each_time(message: str, attempts: int) -> None:
    receipt = Receipt("deferred")
    first = next_step(receipt, message, attempts, idempotent=True)
    assert first == next_step(receipt, message, attempts, idempotent=True)


def test_what_failed_together_is_not_repeated_together() -> None:
    receipt = Receipt("deferred")
    waits = {next_step(receipt, f"m-{n}", 1, idempotent=True) for n in range(50)}
    assert len(waits) > 45


def test_a_channel_may_have_its_own_schedule() -> None:
    once = (timedelta(seconds=5),)
    receipt = Receipt("deferred")
    first = next_step(receipt, "m", 1, idempotent=True, schedule=once)
    assert isinstance(first, Wait)
    assert next_step(receipt, "m", 2, idempotent=True, schedule=once) == "failed"
