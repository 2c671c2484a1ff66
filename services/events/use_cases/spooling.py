"""Acts are accepted while the topic is away, and sent on when it is back."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import structlog

from services.events.ports.spool import Spool
from services.events.ports.topics import Acts
from shared.clock import Clock
from shared.contracts.cloudevents import CloudEvent
from shared.errors import Unavailable

AT_ONCE = 500

log = structlog.get_logger()


@dataclass(slots=True)
class SpoolActs:
    """The topic of acts with a spool behind it.

    After `patience` seconds without an answer the topic counts as away: acts go straight to the
    spool until `drain` has got through. What the topic took after all reaches it twice, which its
    readers know how to meet. `told` is called with the number of acts that wait.
    """

    acts: Acts
    spool: Spool
    clock: Clock
    patience: float
    capacity: int
    wake: Callable[[], None]
    told: Callable[[int], None]
    _away: bool = field(default=False, init=False)

    async def publish(self, events: Sequence[CloudEvent]) -> None:
        """Durable in the topic or in the spool once this returns. Raises Unavailable."""
        if not self._away:
            try:
                async with asyncio.timeout(self.patience):
                    await self.acts.publish(events)
                return
            except (Unavailable, TimeoutError) as error:
                self._away = True
                log.warning("acts_go_to_the_spool", error=type(error).__name__)
        await self.spool.keep(events, self.clock.now())
        self.told(await self.spool.count())
        self.wake()

    async def drain(self) -> bool:
        """Send what waited longest; True while there may be more. Raises Unavailable."""
        waiting = await self.spool.take(AT_ONCE, self.clock.now())
        if waiting:
            await self.acts.publish([one.event for one in waiting])
            await self.spool.remove([one.key for one in waiting])
        left = await self.spool.count()
        if self._away and (waiting or not left):
            self._away = False
            log.info("acts_reach_the_topic_again", waiting=left)
        self.told(left)
        return bool(waiting)

    async def check(self) -> None:
        """Raises Unavailable when the spool could not take an act."""
        if await self.spool.count() >= self.capacity:
            raise Unavailable("the spool is full")
