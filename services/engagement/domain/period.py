"""Spans of time that limits hold for: a calendar's, or the time just before an act."""

from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import Literal

Unit = Literal["day", "week", "month", "year"]


@dataclass(frozen=True, slots=True)
class Calendar:
    """Days, weeks from Monday (ISO 8601), months or years in `zone`."""

    unit: Unit
    zone: tzinfo

    def begins(self, time: int) -> int:
        """When the period that `time` lies in began (both ms)."""
        day = datetime.fromtimestamp(time / 1000, self.zone).replace(
            hour=0, minute=0, second=0, microsecond=0, fold=0
        )
        match self.unit:
            case "week":
                day -= timedelta(days=day.weekday())
            case "month":
                day = day.replace(day=1)
            case "year":
                day = day.replace(month=1, day=1)
        return int(day.timestamp()) * 1000


@dataclass(frozen=True, slots=True)
class Rolling:
    """The `length` (ms) up to a time, without its first instant."""

    length: int

    def begins(self, time: int) -> int:
        """The first instant of the period that ends at `time` (both ms)."""
        return time - self.length + 1


Period = Calendar | Rolling
