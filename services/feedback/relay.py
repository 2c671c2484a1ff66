"""From the outbox to the topic: saving and publishing can't be one step, so this is the second."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field

import structlog

from services.feedback.ports import Announcer, Outbox
from shared.errors import Unavailable

BATCH = 500
SECONDS_BETWEEN_LOOKS = 5.0

log = structlog.get_logger()


@dataclass(slots=True)
class Relay:
    """Publishes what waits in the outbox, in order, until the topic has it.

    Whoever saves something calls `wake` and need not wait. What a crash left behind goes out at
    the next start. Two processes may both tell the same; its id is the same then.
    """

    outbox: Outbox
    announcer: Announcer
    _awake: asyncio.Event = field(default_factory=asyncio.Event)
    _stopping: bool = False

    def wake(self) -> None:
        """Something waits."""
        self._awake.set()

    async def run(self) -> None:
        """Publish until `stop`; whatever is not Unavailable ends the task."""
        while True:
            last_round = self._stopping
            self._awake.clear()
            try:
                await self.drain()
            except Unavailable:
                log.warning("outbox_waits")
            if last_round:
                return
            await self._rest()

    async def drain(self) -> None:
        """Publish all that waits. Raises Unavailable."""
        while waiting := await self.outbox.pending(BATCH):
            await self.announcer.announce(waiting)
            await self.outbox.announced([one.id for one in waiting])

    async def stop(self, _: float) -> None:
        """Publish what waits and end `run`."""
        self._stopping = True
        self.wake()

    async def _rest(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(SECONDS_BETWEEN_LOOKS):
                await self._awake.wait()
