"""What follows from an attempt."""

from datetime import timedelta

import pytest

from services.notifier.domain.delivery import RETRY_AFTER, Receipt, Retry, next_step


@pytest.mark.parametrize("idempotent", [True, False])
def test_a_server_that_answers_is_believed(idempotent: bool) -> None:
    assert next_step(Receipt("taken"), 1, idempotent=idempotent) == "sent"
    assert next_step(Receipt("refused", "550"), 1, idempotent=idempotent) == "failed"


@pytest.mark.parametrize("idempotent", [True, False])
def test_one_that_asks_to_wait_is_tried_again_for_hours_and_not_for_ever(idempotent: bool) -> None:
    waits = []
    attempts = 1
    while isinstance(
        step := next_step(Receipt("deferred"), attempts, idempotent=idempotent), Retry
    ):
        waits.append(step.after)
        attempts += 1
    assert step == "failed"
    assert waits == list(RETRY_AFTER) == sorted(waits)
    assert timedelta(hours=6) < sum(waits, timedelta()) < timedelta(days=1)


def test_what_is_not_known_is_repeated_only_where_that_does_no_harm() -> None:
    uncertain = Receipt("uncertain")
    assert next_step(uncertain, 1, idempotent=False) == "unknown"
    assert isinstance(next_step(uncertain, 1, idempotent=True), Retry)
    assert next_step(uncertain, len(RETRY_AFTER) + 1, idempotent=True) == "unknown"
