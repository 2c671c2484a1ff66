"""Anniversaries of the first contact, where the customer lives."""

from calendar import isleap
from datetime import date, datetime, time, tzinfo

from dateutil.relativedelta import relativedelta

from services.engagement.domain.decay import DAY_MS
from shared.clock import epoch_ms, from_epoch_ms

LEAST_APART = 180 * DAY_MS
"""A first contact that turns out to be an earlier one, or a move to another zone, does not make
two anniversaries of one year."""

_EPOCH = date(1970, 1, 1).toordinal()


def next_anniversary(first: int, at: time, zone: tzinfo, after: int) -> tuple[int, int]:
    """The years and the time (ms) of the first anniversary of `first` later than `after`.

    That of 29 February is on the 28th in other years. A time of day that the clocks skip is as
    long after midnight as it would have been; of one that comes twice, it is the first.
    """
    day = from_epoch_ms(first).astimezone(zone).date()
    years = max(1, from_epoch_ms(after).astimezone(zone).year - day.year)
    while True:
        local = datetime.combine(day + relativedelta(years=years), at, zone)
        instant = epoch_ms(local)
        if instant > after:
            return years, instant
        years += 1


def earliest_anniversary(first: int, at: time, after: int) -> int:
    """Not later than the next anniversary in any time zone, and at most five days before it."""
    margin = 2 * DAY_MS  # A day of another date, and at most 14 hours of another clock.
    since, day = after - margin, _day_of(first)
    time_of_day = ((at.hour * 60 + at.minute) * 60 + at.second) * 1000 + at.microsecond // 1000
    year = max(day.year + 1, _day_of(since).year)
    while True:
        instant = (_in(year, day).toordinal() - _EPOCH) * DAY_MS + time_of_day
        if instant > since:
            return instant - margin
        year += 1


def _day_of(instant: int) -> date:
    """In UTC."""
    return date.fromordinal(_EPOCH + instant // DAY_MS)


def _in(year: int, day: date) -> date:
    is_leap_day = day.month == 2 and day.day == 29
    return date(year, 2, 28) if is_leap_day and not isleap(year) else day.replace(year=year)
