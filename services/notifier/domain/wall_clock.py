"""The clock where the customer lives."""

from bisect import bisect_left
from collections.abc import Sequence
from contextlib import suppress
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from itertools import takewhile
from zoneinfo import ZoneInfo

from babel.core import get_global

from shared.clock import from_epoch_ms
from shared.programme.attention_rules import QuietHours

_MS = timedelta(milliseconds=1)
_DAY = timedelta(days=1) // _MS
_MIDNIGHT = time()
_NOWHERE = frozenset(("", "001", "ZZ"))
"""The world, and no known region, of which CLDR has zones as well."""


@lru_cache(maxsize=4096)
def zones_of(
    time_zone: str | None, country: str | None, locale: str | None, default: str
) -> tuple[ZoneInfo, ...]:
    """The zones in which somebody may live: their own, else their country's, else those of the
    region of their locale, else the programme's."""
    if time_zone:
        with suppress(KeyError, ValueError, OSError):  # As ZoneInfo says that it knows none.
            return (ZoneInfo(time_zone),)
    names = _zones_of_country(country) or _zones_of_country(_region(locale)) or (default,)
    return tuple(map(ZoneInfo, names))


def day_of(time: int, zone: ZoneInfo) -> date:
    """The calendar day of a time in ms."""
    return from_epoch_ms(time).astimezone(zone).date()


def next_day(time: int, zone: ZoneInfo) -> int:
    """The first time after `time` (ms) that is on another calendar day."""
    day = day_of(time, zone)
    while day_of(time, zone) == day:
        time = _next(time, _MIDNIGHT, zone)
    return time


def quiet_until(time: int, hours: QuietHours | None, zones: Sequence[ZoneInfo]) -> int:
    """The first time from `time` on (ms) that is not within the quiet hours of any zone. Where
    zones lie so far apart that it is always quiet in one, the middle one counts."""
    if hours is None or hours.start == hours.end:
        return time
    loud, before = time, -1
    while loud != before:
        if loud > time + 2 * _DAY:
            return _end_of_quiet(time, hours, _middle(zones, time))
        before = loud
        for zone in zones:
            loud = _end_of_quiet(loud, hours, zone)
    return loud


def _end_of_quiet(time: int, hours: QuietHours, zone: ZoneInfo) -> int:
    while _is_within(from_epoch_ms(time).astimezone(zone).time(), hours):
        time = _next(time, hours.end, zone)
    return time


def _is_within(wall: time, hours: QuietHours) -> bool:
    if hours.start < hours.end:
        return hours.start <= wall < hours.end
    return wall >= hours.start or wall < hours.end


def _next(time: int, wall: time, zone: ZoneInfo) -> int:
    """When clocks have run on from `time` to `wall`, or are set anew before."""
    local = from_epoch_ms(time).astimezone(zone)
    naive = local.replace(tzinfo=None)
    end = time + ((datetime.combine(naive, wall) - naive) // _MS % _DAY or _DAY)
    offset = local.utcoffset()
    if _offset(end, zone) == offset:
        return end
    steps = range(time, end + 1)
    return steps[bisect_left(steps, True, key=lambda at: _offset(at, zone) != offset)]


def _offset(time: int, zone: ZoneInfo) -> timedelta:
    return from_epoch_ms(time).astimezone(zone).utcoffset() or timedelta()


def _middle(zones: Sequence[ZoneInfo], time: int) -> ZoneInfo:
    return sorted(zones, key=lambda zone: _offset(time, zone))[len(zones) // 2]


def _region(locale: str | None) -> str | None:
    """The region of a language tag (RFC 5646, section 2.2.4); extensions follow a singleton."""
    subtags = (locale or "").replace("_", "-").split("-")[1:]
    own = takewhile(lambda part: len(part) > 1, subtags)
    return next((part for part in own if len(part) == 2 and part.isalpha()), None)


def _zones_of_country(country: str | None) -> Sequence[str]:
    code = (country or "").upper()
    found: Sequence[str] = get_global("territory_zones").get(code, ())
    return () if code in _NOWHERE else found
