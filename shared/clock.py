"""Time as a dependency, so that tests decide what time it is."""

from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Tells the time as an aware datetime in UTC."""

    def now(self) -> datetime: ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class ManualClock:
    """A clock that stands still until it is moved."""

    def __init__(self, now: datetime) -> None:
        self._now = now

    def now(self) -> datetime:
        return self._now

    def advance(self, by: timedelta) -> None:
        """Move forward by `by`."""
        self._now += by


def epoch_ms(moment: datetime) -> int:
    """Milliseconds since 1970-01-01T00:00:00Z, rounded down."""
    return int(moment.timestamp() * 1000 // 1)


def from_epoch_ms(milliseconds: int) -> datetime:
    """The aware datetime in UTC of `milliseconds` since the epoch."""
    return datetime.fromtimestamp(milliseconds / 1000, UTC)
