"""When touchpoints occur, also where clocks change."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.engagement.domain.touchpoint import Occasion, occasions
from shared.programme.groups import Circle, Touchpoint

BERLIN = ZoneInfo("Europe/Berlin")
MARCH = datetime(2026, 3, 1, tzinfo=UTC)


def occasion(schedule: str, at: str, zone: ZoneInfo = BERLIN) -> Occasion:
    touchpoint = Touchpoint("round", schedule, time.fromisoformat(at))
    circle = Circle("club", "Club", "Ours", None, True, False, (touchpoint,))
    (found,) = occasions([circle], zone)
    return found


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("schedule", "at", "day", "expected"),
    [
        ("FREQ=MONTHLY;BYDAY=1MO", "10:00", "2026-01-05", "2026-01-05T09:00"),
        ("FREQ=MONTHLY;BYDAY=1MO", "10:00", "2026-07-06", "2026-07-06T08:00"),
        # 02:30 does not exist on 29 March 2026: by the offset before, it is 03:30 in summer.
        ("FREQ=DAILY", "02:30", "2026-03-29", "2026-03-29T01:30"),
        ("FREQ=DAILY", "02:30", "2026-03-30", "2026-03-30T00:30"),
        # 02:30 exists twice on 25 October 2026: the first, which is still in summer.
        ("FREQ=DAILY", "02:30", "2026-10-25", "2026-10-25T00:30"),
        ("FREQ=DAILY", "02:30", "2026-10-26", "2026-10-26T01:30"),
        ("FREQ=DAILY", "00:10", "2026-06-01", "2026-05-31T22:10"),
    ],
)
def test_local_time_is_what_counts(schedule: str, at: str, day: str, expected: str) -> None:
    start = datetime.fromisoformat(day).replace(tzinfo=BERLIN)
    found = occasion(schedule, at).occurrences(start, start + timedelta(hours=23))
    assert found == [utc(expected)]


@given(
    begin=st.integers(0, 270 * 24 * 60).map(lambda minutes: MARCH + timedelta(minutes=minutes)),
    steps=st.lists(st.integers(1, 4000), min_size=1, max_size=20),
    at=st.sampled_from(["00:00", "01:59", "02:00", "02:30", "03:00", "23:59"]),
    zone=st.sampled_from(["Europe/Berlin", "America/St_Johns", "Australia/Lord_Howe", "UTC"]),
)
def test_rounds_miss_nothing_and_find_nothing_twice(
    begin: datetime, steps: list[int], at: str, zone: str
) -> None:
    daily = occasion("FREQ=DAILY", at, ZoneInfo(zone))
    moment = begin
    end = moment + timedelta(minutes=sum(steps))
    whole = daily.occurrences(moment, end)
    parts: list[datetime] = []
    for minutes in steps:
        following = moment + timedelta(minutes=minutes)
        parts += daily.occurrences(moment, following)
        moment = following
    assert parts == list(whole)
    days = (end - begin).total_seconds() / 86400
    assert abs(len(whole) - days) < 1.1


def test_moments_are_known_by_customer_and_occurrence() -> None:
    club = occasion("FREQ=DAILY", "10:00")
    first, second = utc("2026-01-05T09:00"), utc("2026-01-06T09:00")
    moment = club.moment("c-1", first)
    assert moment == club.moment("c-1", first)
    assert (moment.kind, moment.name, moment.customer) == ("touchpoint", "club/round", "c-1")
    assert moment.time == first.timestamp() * 1000
    ids = {moment.id, club.moment("c-1", second).id, club.moment("c-2", first).id}
    assert len(ids) == 3
