"""Schedules: recurrence rules (RFC 5545, section 3.3.10) of whole days, at a local time of day."""

import re
from collections.abc import Mapping
from datetime import datetime, time

from dateutil.rrule import rrule, rrulestr

from shared.programme.problems import did_you_mean

START = datetime(2024, 1, 1)  # noqa: DTZ001 - local, and a Monday
"""Where rules begin to count: every second week is every second from here."""

_HORIZON_YEARS = 10
_FREQUENCIES = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")
_DAY = "(?:MO|TU|WE|TH|FR|SA|SU)"
_NUMBERS: Mapping[str, int] = {
    "BYMONTHDAY": 31,
    "BYYEARDAY": 366,
    "BYWEEKNO": 53,
    "BYMONTH": 12,
    "BYSETPOS": 366,
}
_OTHERS: Mapping[str, tuple[str, str]] = {
    "FREQ": ("|".join(_FREQUENCIES), f"must be {', '.join(_FREQUENCIES)}"),
    "INTERVAL": ("[1-9][0-9]{0,2}", "must be from 1 to 999"),
    "BYDAY": (
        rf"(?:[+-]?[1-9][0-9]?)?{_DAY}(?:,(?:[+-]?[1-9][0-9]?)?{_DAY})*",
        "must be days such as MO,TH, in months and years also 1MO or -1FR",
    ),
    "WKST": (_DAY, "must be a day such as MO"),
    "UNTIL": ("[0-9]{8}", "must be the last day, such as 20261231"),
}
_PARTS = (*_OTHERS, *_NUMBERS)
_LEFT_OUT: Mapping[str, str] = {
    "COUNT": "say UNTIL, the last day",
    "BYHOUR": "the time of day is `at`",
    "BYMINUTE": "the time of day is `at`",
    "BYSECOND": "the time of day is `at`",
}


class ScheduleInvalid(ValueError):
    """A rule that can't be used; `offset` is the character of its fault."""

    def __init__(self, offset: int, reason: str) -> None:
        self.offset = offset
        self.reason = reason
        super().__init__(reason)


def read_schedule(text: str, at: time) -> rrule:
    """The occurrences of a rule, in local time without zone, from `START`.

    Raises ScheduleInvalid, also for a rule without any occurrence in its first ten years.
    """
    offset, parts = 0, dict[str, str]()
    for part in text.split(";"):
        name, _, value = part.partition("=")
        if name in parts:
            raise ScheduleInvalid(offset, f"{name} appears twice")
        _check_part(name, value, offset)
        parts[name] = value
        offset += len(part) + 1
    if "FREQ" not in parts:
        raise ScheduleInvalid(0, "FREQ is missing")
    if "UNTIL" in parts:
        parts["UNTIL"] += "T235959"
    rule = ";".join(f"{name}={value}" for name, value in parts.items())
    begin = datetime.combine(START, at)
    try:
        made = rrulestr(rule, dtstart=begin, cache=True)
        # dateutil looks for a first occurrence until the year 9999, so this may take seconds.
        first = made.after(begin, inc=True)
    except (ValueError, IndexError) as error:
        raise ScheduleInvalid(0, f"is no recurrence rule: {error}") from None
    if not isinstance(made, rrule) or first is None or first.year > START.year + _HORIZON_YEARS:
        raise ScheduleInvalid(0, f"never occurs within {_HORIZON_YEARS} years from {START:%F}")
    return made


def _check_part(name: str, value: str, offset: int) -> None:
    if name in _LEFT_OUT:
        raise ScheduleInvalid(offset, f"{name} is not used: {_LEFT_OUT[name]}")
    if name not in _PARTS:
        hint = did_you_mean(name, _PARTS) or f" Known: {', '.join(_PARTS)}."
        raise ScheduleInvalid(offset, f"'{name}' is unknown.{hint}")
    value_at = offset + len(name) + 1
    if name in _NUMBERS:
        most = _NUMBERS[name]
        for number in value.split(","):
            if not re.fullmatch("[+-]?[0-9]{1,3}", number) or not 1 <= abs(int(number)) <= most:
                raise ScheduleInvalid(value_at, f"{name} must be numbers from 1 to {most}")
            if name == "BYMONTH" and int(number) < 0:
                raise ScheduleInvalid(value_at, "BYMONTH is never counted from the end")
    elif not re.fullmatch(_OTHERS[name][0], value):
        raise ScheduleInvalid(value_at, f"{name} {_OTHERS[name][1]}")
