"""Where it is kept what detectors have found."""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from typing import Protocol

from services.events.domain.precision import Count
from services.events.domain.suggestion import Status, Suggestion


class Suggestions(Protocol):
    """Findings by their id. All raise Unavailable."""

    async def add(self, found: Sequence[Suggestion]) -> Sequence[Suggestion]:
        """Keep those that are new; returns all as they now stand, in the order given."""

    async def get(self, suggestion_id: str) -> Suggestion | None: ...

    async def change(
        self, suggestion_id: str, to: Callable[[Suggestion], Suggestion]
    ) -> Suggestion | None:
        """Put `to(what stands)` in its place, as if nobody else did the like at the same time;
        `to` may be called more than once, and what it raises comes through. None if it is gone."""

    async def settle(self, told: Sequence[Suggestion]) -> None:
        """What follows from these is on the topic: not pending any more, unless changed since."""

    async def page(
        self,
        status: Status | None,
        detector: str | None,
        after: tuple[datetime, str] | None,
        limit: int,
    ) -> Sequence[Suggestion]:
        """Up to `limit`, oldest first, behind the given (found_at, id)."""

    async def counts(self) -> Sequence[Count]:
        """How many there are, by detector, band of confidence and status."""

    async def forget(self, subjects: Collection[str]) -> None:
        """Delete those in which one of these ids or aliases appears."""
