"""A small memory of discussions."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from services.events.domain.thread import Entry, TakenBack, Thread

RETENTION = timedelta(days=90)


class Threads(Protocol):
    """Bounded in each thread (MOST_POSTS, MOST_ACCEPTED) and in time. All raise Unavailable."""

    async def remember(self, notes: Sequence[Entry | TakenBack], now: datetime) -> Sequence[Thread]:
        """Keep `notes`, each by (source, id); the same again replaces what stood.

        Returns the threads that they are about, as they now stand. What was seen before
        `now - RETENTION` is deleted.
        """

    async def forget(self, subjects: Collection[str]) -> None:
        """Delete what was said or received by one of these ids or aliases."""
