"""The inbox is emptied: what was answered is carried out."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from services.events.ports.inbox import Inbox
from services.events.use_cases.deliveries import ReadDeliveries
from shared.clock import Clock

AT_ONCE = 500
QUIET_SECONDS, PATIENCE_SECONDS = 0.02, 1.0


@dataclass(slots=True)
class EmptyInbox:
    """Carries out what waits, in the order in which it came. Any number of replicas may.

    What a process that died had taken is done by the others after its lease, or by the next one
    of the same `owner` at once: carried out twice, a delivery says the same. `waiting` is called
    with the number of deliveries that wait, `age` with the seconds for which the oldest has.
    """

    inbox: Inbox
    deliveries: ReadDeliveries
    clock: Clock
    owner: str
    waiting: Callable[[float], None]
    age: Callable[[float], None]
    _one_at_a_time: asyncio.Lock = field(default_factory=asyncio.Lock, init=False)

    async def __call__(self) -> bool:
        """Carry out the next ones; True while there may be more. Raises Unavailable, and then they
        are the next ones again."""
        async with self._one_at_a_time:
            now = self.clock.now()
            arrived = await self.inbox.take(self.owner, AT_ONCE, now)
            oldest = min((one.received_at for one in arrived), default=now)
            self.age(max(0.0, (now - oldest).total_seconds()))
            self.waiting(await self.inbox.count())
            if arrived:
                await self.deliveries(arrived)
                await self.inbox.remove([one.id for one in arrived])
            return bool(arrived)


@dataclass(slots=True)
class AnswersFirst:
    """Lets a burst be answered before it is carried out: platforms count the seconds until an
    answer, and both need this process.

    `carry_out` begins when nothing has come in for a moment, or after a second.
    """

    carry_out: EmptyInbox
    wake: Callable[[], None]
    _last: float = field(default=0.0, init=False)
    _busy: bool = field(default=False, init=False)

    def came(self) -> None:
        """A delivery was answered."""
        self._last = asyncio.get_running_loop().time()
        self.wake()

    async def __call__(self) -> bool:
        """As `carry_out`."""
        if not self._busy:
            await self._lull()
        self._busy = await self.carry_out()
        return self._busy

    async def _lull(self) -> None:
        time = asyncio.get_running_loop().time
        end = time() + PATIENCE_SECONDS
        quiet = self._last + QUIET_SECONDS
        while time() < min(quiet, end):
            await asyncio.sleep(min(quiet, end) - time())
            quiet = self._last + QUIET_SECONDS
