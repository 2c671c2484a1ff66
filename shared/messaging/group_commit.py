"""Group commit: what waits to be written at the same time shares one trip to disk or broker."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Waiting(Generic[T]):
    item: T
    done: asyncio.Future[None]


class GroupCommit(Generic[T]):
    """Writes items in groups: what gathers while `at_once` groups are under way is the next.

    `write` makes a group durable, in order, or raises; then all of the group's callers get the
    error. Nobody's cancellation takes a group away from the others.
    """

    def __init__(self, write: Callable[[Sequence[T]], Awaitable[None]], at_once: int = 1) -> None:
        self._write = write
        self._at_once = at_once
        self._waiting: list[_Waiting[T]] = []
        self._workers: set[asyncio.Task[None]] = set()

    async def run(self, item: T) -> None:
        """Done once `item` is durable. Raises what `write` raises."""
        waiting = _Waiting(item, asyncio.get_running_loop().create_future())
        self._waiting.append(waiting)
        # A task's callbacks run after its end, and what comes in between must not wait for ever.
        if sum(not worker.done() for worker in self._workers) < self._at_once:
            worker = asyncio.create_task(self._work())
            self._workers.add(worker)
            worker.add_done_callback(self._workers.discard)
        await waiting.done

    async def finish(self) -> None:
        """Wait until nothing is being written."""
        while self._workers:
            await asyncio.wait(self._workers)

    async def _work(self) -> None:
        while self._waiting:
            group, self._waiting = self._waiting, []
            error = await self._outcome(group)
            for waiting in group:
                if waiting.done.done():
                    continue  # Whoever waited was cancelled.
                if error is None:
                    waiting.done.set_result(None)
                else:
                    waiting.done.set_exception(error)

    async def _outcome(self, group: Sequence[_Waiting[T]]) -> Exception | None:
        try:
            await self._write([waiting.item for waiting in group])
        except Exception as error:
            return error
        return None
