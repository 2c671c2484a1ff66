"""What looks at acts as they come by on the topic."""

from collections.abc import Sequence
from typing import Protocol

from services.events.domain.watched import WatchedAct


class Watcher(Protocol):
    """Draws conclusions from acts; called again with the same acts after a crash."""

    @property
    def kinds(self) -> frozenset[str]:
        """The short names of the acts that it wants; it may be given others too."""

    async def __call__(self, acts: Sequence[WatchedAct]) -> None:
        """Look at one batch, in the order of the topic. Idempotent. Raises Unavailable."""
