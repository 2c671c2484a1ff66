"""Work side by side: all of it, in order, within bounds, and an error only once all is still."""

import asyncio

import pytest

from shared.concurrency import for_each


async def test_results_are_in_order_and_no_more_than_allowed_is_under_way() -> None:
    under_way = most = 0

    async def work(number: int) -> int:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        await asyncio.sleep(0)
        under_way -= 1
        return number * 2

    assert await for_each(range(7), work, at_once=3) == [0, 2, 4, 6, 8, 10, 12]
    assert most == 3


async def test_an_error_waits_for_what_was_begun_and_nothing_is_begun_after_it() -> None:
    done: list[int] = []

    async def work(number: int) -> None:
        if number == 0:
            raise ValueError("the first")
        await asyncio.sleep(0)
        done.append(number)

    with pytest.raises(ValueError, match="the first"):
        await for_each(range(5), work, at_once=2)
    assert done == [1]
