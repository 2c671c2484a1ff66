"""Waiting and trying again."""

import pytest

from services.events.history.patience import Busy, Patience
from shared.errors import Unavailable


class Flaky:
    """Fails with each of `failures` in turn, then answers; remembers the waits."""

    def __init__(self, *failures: Exception) -> None:
        self._failures = list(failures)
        self.waits: list[float] = []

    async def attempt(self) -> str:
        if self._failures:
            raise self._failures.pop(0)
        return "done"

    async def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)


async def test_waits_grow_up_to_the_longest() -> None:
    flaky = Flaky(*[Unavailable("away")] * 5)
    patience = Patience(flaky.sleep, first=1, longest=4, total=100)
    assert await patience.insist(flaky.attempt) == "done"
    assert flaky.waits == [1, 2, 4, 4, 4]


async def test_what_the_other_side_asks_for_comes_first() -> None:
    flaky = Flaky(Busy("later", 7.0), Busy("later"))
    assert await Patience(flaky.sleep).insist(flaky.attempt) == "done"
    assert flaky.waits == [7.0, 1.0]


async def test_patience_ends() -> None:
    flaky = Flaky(*[Unavailable("away")] * 9)
    with pytest.raises(Unavailable):
        await Patience(flaky.sleep, first=1, longest=4, total=8).insist(flaky.attempt)
    assert flaky.waits == [1, 2, 4]


async def test_other_errors_are_not_tried_again() -> None:
    flaky = Flaky(LookupError())
    with pytest.raises(LookupError):
        await Patience(flaky.sleep).insist(flaky.attempt)
    assert flaky.waits == []
