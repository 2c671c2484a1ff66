"""Anniversaries where the customer lives, and silence that is unusual for them."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.engagement.domain.decay import DAY_MS
from services.engagement.domain.moments.anniversary import (
    earliest_anniversary,
    next_anniversary,
)
from services.engagement.domain.moments.rules import Silence
from shared.clock import epoch_ms, from_epoch_ms
from tests.services.engagement.domain.moments.world import NOTHING, START, World, day, entry

NINE = time(9)
BERLIN, NEW_YORK = ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York")
KIRITIMATI, NIUE = ZoneInfo("Pacific/Kiritimati"), ZoneInfo("Pacific/Niue")
SILENCE = replace(NOTHING, silence=Silence(3.0, 30 * DAY_MS, 3))
ANNIVERSARY = replace(NOTHING, anniversaries_at=NINE)


def _ms(text: str) -> int:
    return epoch_ms(datetime.fromisoformat(text))


@pytest.mark.parametrize(
    ("zone", "first", "expected"),
    [
        (BERLIN, "2025-03-30T00:30Z", "2026-03-30T09:00+02:00"),  # the night that clocks changed
        (BERLIN, "2025-10-26T00:30Z", "2026-10-26T09:00+01:00"),
        (BERLIN, "2025-07-01T22:30Z", "2026-07-02T09:00+02:00"),  # the next day over there
        (NEW_YORK, "2025-03-09T06:30Z", "2026-03-09T09:00-04:00"),
        (NEW_YORK, "2025-11-03T01:00Z", "2026-11-02T09:00-05:00"),  # the day before over there
        (KIRITIMATI, "2025-12-31T10:00Z", "2027-01-01T09:00+14:00"),
        (NIUE, "2025-06-01T10:59Z", "2026-05-31T09:00-11:00"),
        (UTC, "2024-02-29T12:00Z", "2026-02-28T09:00+00:00"),
    ],
)
def test_the_next_anniversary_is_in_the_morning_over_there(
    zone: ZoneInfo, first: str, expected: str
) -> None:
    _, instant = next_anniversary(_ms(first), NINE, zone, _ms("2026-01-01T00:00Z"))
    assert instant == _ms(expected)


def test_29_february_comes_back_in_leap_years() -> None:
    first = _ms("2024-02-29T12:00Z")
    assert next_anniversary(first, NINE, UTC, _ms("2028-01-01T00:00Z")) == (
        4,
        _ms("2028-02-29T09:00Z"),
    )


@pytest.mark.parametrize("zone", [BERLIN, NEW_YORK])
def test_a_time_of_day_that_is_skipped_or_comes_twice_comes_once(zone: ZoneInfo) -> None:
    for first in (date(2025, 3, 29), date(2025, 3, 8), date(2025, 10, 25), date(2025, 11, 1)):
        since = epoch_ms(datetime.combine(first, time(12), zone))
        at = time(2, 30)
        years, instant = next_anniversary(since, at, zone, since)
        assert years == 1
        assert next_anniversary(since, at, zone, instant)[0] == 2
        assert next_anniversary(since, at, zone, instant - 1) == (1, instant)


ZONES = st.sampled_from([BERLIN, NEW_YORK, KIRITIMATI, NIUE, ZoneInfo("Asia/Kathmandu"), UTC])
TIMES = st.integers(_ms("1999-12-30T00:00Z"), _ms("2035-01-01T00:00Z"))


@given(TIMES, TIMES, ZONES)
def test_where_the_zone_is_unknown_it_is_never_too_late(
    first: int, after: int, zone: ZoneInfo
) -> None:
    _, instant = next_anniversary(first, NINE, zone, after)
    earliest = earliest_anniversary(first, NINE, after)
    assert earliest <= instant
    if earliest > after:
        assert instant - earliest <= 5 * DAY_MS


@pytest.mark.parametrize("zone", [UTC, BERLIN, NEW_YORK, KIRITIMATI, NIUE])
def test_an_anniversary_a_year_and_never_one_of_the_past(zone: ZoneInfo) -> None:
    world = World(ANNIVERSARY, zone=zone)
    world.tell(800, entry(on=0), entry("help", on=799))
    found = [m for hour in range(800 * 24, 2300 * 24, 7) for m in world.look(hour / 24)]
    assert [(m.kind, m.name, m.number) for m in found] == [
        ("anniversary", "contact", years) for years in (3, 4, 5, 6)
    ]
    first = from_epoch_ms(START).astimezone(zone).date()
    for moment in found:
        local = from_epoch_ms(moment.time).astimezone(zone)
        assert local.time() == NINE
        assert (local.month, local.day) == (first.month, first.day)


def test_of_anniversaries_that_nobody_was_there_for_only_a_recent_one_is_announced() -> None:
    world = World(ANNIVERSARY)
    world.tell(0, entry(on=0))
    assert world.look(1300) == []
    assert len(world.moments) == 1
    assert len(world.look(1470)) == 1


def test_a_first_contact_that_was_earlier_moves_the_next_one_and_brings_no_past_one() -> None:
    world = World(ANNIVERSARY)
    world.tell(0, entry(on=0))
    assert len(world.look(370)) == 1
    world.tell(380, entry(on=-375, id="earlier"))
    later = [m for today in range(380, 900) for m in world.look(today)]
    assert [m.number for m in later] == [3]
    assert later[0].time > day(700)


def test_who_moves_to_another_zone_has_one_anniversary_a_year() -> None:
    world = World(ANNIVERSARY, zone=NIUE)
    world.tell(0, entry(on=0))
    found = []
    for today in range(1500):
        found += world.look(today)
        world.zone = KIRITIMATI if (today // 10) % 2 else NIUE
    assert [m.number for m in found] == [1, 2, 3, 4]


def test_silence_is_against_the_customers_own_rhythm_and_said_once() -> None:
    world = World(SILENCE)
    for on in (0, 20, 40):
        world.tell(on, entry(on=on))
    assert world.look(99) == []
    (moment,) = world.look(100.1)
    assert (moment.kind, moment.time, moment.number) == ("silence", day(100), 60)
    assert [m for today in range(101, 700) for m in world.look(today)] == []
    world.tell(700, entry(on=700))
    (again,) = [m for today in range(700, 3000) for m in world.look(today)]
    assert again.id != moment.id


def test_silence_needs_acts_to_know_the_rhythm_and_at_least_its_time() -> None:
    world = World(SILENCE)
    world.tell(0, entry(on=0, points=1), entry(on=1, points=1))
    assert world.watch.due is None
    world.tell(2, entry(on=2))
    assert world.look(31.9) == []
    assert len(world.look(32.1)) == 1


def test_silences_of_long_ago_are_history() -> None:
    world = World(SILENCE)
    world.tell(900, *(entry(on=on) for on in (0, 20, 40)))
    assert world.watch.due is None
    assert world.moments == {}


def test_who_keeps_coming_costs_no_write_of_the_watch() -> None:
    world = World(replace(SILENCE, anniversaries_at=NINE))
    for on in (0, 10, 20):
        world.tell(on, entry(on=on, points=1))
    watch = world.watch
    for on in range(30, 48, 3):
        world.tell(on, entry(on=on, points=1))
        assert world.watch is watch
    assert timedelta(milliseconds=day(48) - day(0)).days == 48
