"""Trying again: longer and longer waits, as the other side asks, until patience is at its end."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from shared.errors import Unavailable

T = TypeVar("T")

Sleep = Callable[[float], Awaitable[None]]


class Busy(Unavailable):
    """The other side can't take it now; it may say for how many seconds."""

    def __init__(self, reason: str, retry_after: float | None = None) -> None:
        super().__init__(reason)
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True)
class Patience:
    """Waits in seconds: the first, the longest, and all of them together."""

    sleep: Sleep
    first: float = 0.5
    longest: float = 30.0
    total: float = 300.0

    async def insist(self, attempt: Callable[[], Awaitable[T]]) -> T:
        """The result of `attempt`, repeated while it raises Unavailable. Raises the last one."""
        waited, wait = 0.0, self.first
        while True:
            try:
                return await attempt()
            except Unavailable as error:
                asked = error.retry_after if isinstance(error, Busy) else None
                pause = wait if asked is None else asked
                if waited + pause > self.total:
                    raise
            await self.sleep(pause)
            waited += pause
            wait = min(wait * 2, self.longest)
