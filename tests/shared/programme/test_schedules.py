"""Recurrence rules of days."""

from datetime import datetime, time
from itertools import islice

import pytest

from shared.programme.schedules import ScheduleInvalid, read_schedule


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("FREQ=MONTHLY;BYDAY=1MO", ["2024-01-01", "2024-02-05", "2024-03-04"]),
        ("FREQ=MONTHLY;BYMONTHDAY=31", ["2024-01-31", "2024-03-31", "2024-05-31"]),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=TH", ["2024-01-04", "2024-01-18", "2024-02-01"]),
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29", ["2024-02-29", "2028-02-29", "2032-02-29"]),
        ("FREQ=MONTHLY;BYDAY=MO,TU;BYSETPOS=-1", ["2024-01-30", "2024-02-27", "2024-03-26"]),
        ("FREQ=DAILY;UNTIL=20240102", ["2024-01-01", "2024-01-02"]),
    ],
)
def test_occurrences(text: str, days: list[str]) -> None:
    found = list(islice(read_schedule(text, time(10, 30)), 3))
    assert found == [datetime.fromisoformat(f"{day}T10:30") for day in days]


@pytest.mark.parametrize(
    ("text", "offset", "reason"),
    [
        ("FREQ=HOURLY", 5, "FREQ must be DAILY, WEEKLY, MONTHLY, YEARLY"),
        ("FREQ=SECONDLY;BYDAY=MO", 5, "FREQ must be DAILY"),
        ("BYDAY=MO", 0, "FREQ is missing"),
        ("FREQ=DAILY;FREQ=DAILY", 11, "FREQ appears twice"),
        ("FREQ=DAILY;BYDEY=MO", 11, "'BYDEY' is unknown. Did you mean 'BYDAY'?"),
        ("FREQ=DAILY;INTERVAL=0", 20, "INTERVAL must be from 1 to 999"),
        ("FREQ=MONTHLY;BYDAY=XX", 19, "BYDAY must be days such as"),
        ("FREQ=YEARLY;BYMONTH=13", 20, "BYMONTH must be numbers from 1 to 12"),
        ("FREQ=YEARLY;BYMONTH=-1", 20, "BYMONTH is never counted from the end"),
        ("FREQ=MONTHLY;BYMONTHDAY=0", 24, "BYMONTHDAY must be numbers from 1 to 31"),
        ("FREQ=DAILY;COUNT=3", 11, "COUNT is not used: say UNTIL"),
        ("FREQ=DAILY;BYHOUR=1", 11, "BYHOUR is not used: the time of day is `at`"),
        ("FREQ=DAILY;UNTIL=20250230", 0, "is no recurrence rule"),
        ("FREQ=DAILY;UNTIL=20230101", 0, "never occurs within 10 years"),
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", 0, "never occurs within 10 years"),
        ("FREQ=YEARLY;BYDAY=99MO", 0, "is no recurrence rule"),
        ("FREQ=WEEKLY;", 12, "'' is unknown"),
        ("", 0, "'' is unknown"),
    ],
)
def test_what_is_wrong(text: str, offset: int, reason: str) -> None:
    with pytest.raises(ScheduleInvalid) as caught:
        read_schedule(text, time(10))
    assert caught.value.offset == offset
    assert caught.value.reason.startswith(reason)
