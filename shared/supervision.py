"""Tasks that must not die unnoticed: the death of one ends the process."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import structlog

OnFatal = Callable[[str, BaseException | None], None]
Drain = Callable[[float], Awaitable[None]]

log = structlog.get_logger()


class FatalSwitch:
    """Remembers that a task has died, for the server to end by."""

    def __init__(self) -> None:
        self.tripped = False

    def trip(self, name: str, error: BaseException | None) -> None:
        """An `OnFatal`. `error` is None for a task that returned though it should run for ever."""
        self.tripped = True
        log.error("supervised_task_died", task=name, exc_info=error)


@dataclass(frozen=True, slots=True)
class _Supervised:
    task: asyncio.Task[None]
    drain: Drain | None


class Supervisor:
    """Named tasks of one event loop, each meant to run until `stop`."""

    def __init__(self, on_fatal: OnFatal) -> None:
        self._on_fatal = on_fatal
        self._supervised: list[_Supervised] = []
        self._stopping = False

    def start(self, name: str, work: Coroutine[Any, Any, None], drain: Drain | None = None) -> None:
        """Run `work`. `drain(seconds)` asks it to finish; without one it is cancelled on stop."""
        task = asyncio.create_task(work, name=name)
        task.add_done_callback(self._on_done)
        self._supervised.append(_Supervised(task, drain))

    async def stop(self, deadline: float) -> None:
        """Drain all that can, side by side; then cancel what still runs, latest first.

        Draining ends after `deadline` seconds. A task that resists its cancellation is left
        after a second.
        """
        self._stopping = True
        drains = [self._drained(s, s.drain, deadline) for s in self._supervised if s.drain]
        await asyncio.gather(*drains)
        for supervised in reversed(self._supervised):
            supervised.task.cancel()
            await asyncio.wait([supervised.task], timeout=1)

    async def _drained(self, supervised: _Supervised, drain: Drain, deadline: float) -> None:
        name = supervised.task.get_name()
        try:
            async with asyncio.timeout(deadline):
                # A little less, so that it can still end in its own way when its time is up.
                await drain(0.9 * deadline)
                await asyncio.wait([supervised.task])
        except TimeoutError:
            log.warning("drain_overran", task=name, seconds=deadline)
        except Exception as error:
            self._on_fatal(name, error)

    def _on_done(self, task: asyncio.Task[None]) -> None:
        error = None if task.cancelled() else task.exception()
        if error is not None or not self._stopping:
            self._on_fatal(task.get_name(), error)


@asynccontextmanager
async def open_supervisor(on_fatal: OnFatal, deadline: float) -> AsyncIterator[Supervisor]:
    """A supervisor that stops its tasks on exit, within `deadline` seconds."""
    supervisor = Supervisor(on_fatal)
    try:
        yield supervisor
    finally:
        await supervisor.stop(deadline)


async def every(seconds: float, work: Callable[[], Awaitable[object]]) -> None:
    """Do `work` at once, and again `seconds` after each end of it."""
    while True:
        await work()
        await asyncio.sleep(seconds)
