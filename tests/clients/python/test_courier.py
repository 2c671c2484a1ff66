"""What an answer means for the events that were sent."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from requite_client.backoff import FIRST_SECONDS, MOST_SECONDS, Backoff
from requite_client.courier import Courier, Refusal
from requite_client.event import make_event
from requite_client.outbox import Outbox

REJECTED = {"index": 0, "id": "1", "source": "/shop", "pointer": "/type", "reason": "no type"}


@pytest.fixture
def outbox(tmp_path: Path) -> Iterator[Outbox]:
    opened = Outbox(tmp_path / "outbox.sqlite")
    for number in range(4):
        opened.put(make_event("/shop", "help", "c-1", {}, id=str(number)))
    yield opened
    opened.close()


@pytest.fixture
def refused() -> list[Refusal]:
    return []


@pytest.fixture
def courier(outbox: Outbox, refused: list[Refusal]) -> Courier:
    return Courier(outbox, refused.append, Backoff(lambda low, high: high))


def _answer(courier: Courier, status: int, body: object = None, **headers: str) -> float:
    batch = courier.next()
    assert batch is not None
    return courier.answered(batch, status, headers, json.dumps(body).encode())


def test_accepted_is_gone(courier: Courier, outbox: Outbox) -> None:
    assert _answer(courier, 202, {"accepted": 4}) == 0
    assert len(outbox) == 0
    assert courier.next() is None


@pytest.mark.parametrize("status", [207, 422])
def test_refusals_are_told_and_not_repeated(
    courier: Courier, outbox: Outbox, refused: list[Refusal], status: int
) -> None:
    assert _answer(courier, status, {"rejected": [REJECTED | {"quarantine_id": "q"}]}) == 0
    assert len(outbox) == 0
    assert refused == [Refusal("1", "/shop", "no type", "/type", "q")]


def test_a_callback_that_fails_does_not_end_the_sending(
    outbox: Outbox, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(_: Refusal) -> None:
        raise KeyError

    courier = Courier(outbox, fail)
    assert _answer(courier, 207, {"rejected": [REJECTED, REJECTED]}) == 0
    assert len(outbox) == 0
    assert [record.levelname for record in caplog.records] == ["ERROR", "ERROR"]


@pytest.mark.parametrize("status", [401, 403, 404, 409, 429, 500, 502, 503])
def test_for_now_means_later(
    courier: Courier, outbox: Outbox, refused: list[Refusal], status: int
) -> None:
    assert _answer(courier, status) == FIRST_SECONDS
    assert _answer(courier, status, **{"retry-after": "7"}) == 7 + 2 * FIRST_SECONDS
    assert len(outbox) == 4
    assert refused == []
    assert _answer(courier, 202) == 0
    assert len(outbox) == 0


@pytest.mark.parametrize("status", [400, 413, 422])
def test_the_one_that_spoils_a_batch_is_found(
    courier: Courier, outbox: Outbox, refused: list[Refusal], status: int
) -> None:
    taken: list[str] = []
    while batch := courier.next():
        ids = [json.loads(event)["id"] for event in batch.events]
        if "2" in ids:
            courier.answered(batch, status, {}, b"<html>")
        else:
            courier.answered(batch, 202, {}, b"{}")
            taken += ids
    assert taken == ["0", "1", "3"]
    assert [one.id for one in refused] == ["2"]
    assert len(outbox) == 0


def test_parts_of_a_batch_are_given_back_too(courier: Courier, outbox: Outbox) -> None:
    _answer(courier, 413)
    batch = courier.next()
    assert batch is not None
    courier.failed(batch)
    whole = courier.next()
    assert whole is not None
    assert len(whole.places) == 4


@given(st.integers(1, 60), st.floats(0, 1))
def test_waits_grow_to_a_bound_and_start_anew(failures: int, luck: float) -> None:
    backoff = Backoff(lambda low, high: low + luck * (high - low))
    waits = [backoff.failed() for _ in range(failures)]
    assert waits == sorted(waits)
    assert waits[-1] <= MOST_SECONDS
    backoff.succeeded()
    assert backoff.failed() <= FIRST_SECONDS
