"""What looks at acts as they come by on the topic."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from services.events.domain.watched import WatchedAct


class Watcher(Protocol):
    """Draws conclusions from acts; called again with the same acts after a crash."""

    @property
    def kinds(self) -> frozenset[str]:
        """The short names of the acts that it wants; it may be given others too."""

    async def follows(self, bought: Mapping[str, datetime]) -> Collection[str]:
        """Whose purchases it has to see even where they name nobody, of these buyers, each with
        the time of the earliest purchase in question. Raises Unavailable."""

    async def __call__(self, acts: Sequence[WatchedAct]) -> None:
        """Look at one batch, in the order of the topic. Idempotent. Raises Unavailable."""
