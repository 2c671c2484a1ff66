"""Work done side by side, within bounds."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from itertools import islice
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")


async def for_each(
    items: Iterable[T], work: Callable[[T], Awaitable[R]], at_once: int = 32
) -> list[R]:
    """The results of `work` on all items, `at_once` of them at a time.

    Raises the first error once nothing that was begun is under way any more.
    """
    left, results = iter(items), list[R]()
    while some := list(islice(left, at_once)):
        outcomes = await asyncio.gather(*map(work, some), return_exceptions=True)
        for outcome in outcomes:
            if isinstance(outcome, BaseException):
                raise outcome
            results.append(outcome)
    return results
