"""Work that is done again and again in the background."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

import structlog

from shared.errors import Unavailable

log = structlog.get_logger()


class Round:
    """Does `work` for as long as it returns True; then when it is woken, or after `seconds`."""

    def __init__(self, name: str, work: Callable[[], Awaitable[bool]], seconds: float) -> None:
        self.name = name
        self._work = work
        self._seconds = seconds
        self._awake = asyncio.Event()
        self._stopping = False

    def wake(self) -> None:
        """There may be something to do."""
        self._awake.set()

    async def run(self) -> None:
        """Go on until `stop`, also through times when a server is away."""
        while not self._stopping:
            self._awake.clear()
            try:
                while await self._work() and not self._stopping:
                    pass
            except Unavailable as error:
                log.warning("round_unavailable", round=self.name, error=str(error))
            await self._rest()

    async def stop(self, _: float) -> None:
        """Finish what is in hand and end `run`; what is left is done after the next start."""
        self._stopping = True
        self.wake()

    async def _rest(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(self._seconds):
                await self._awake.wait()
