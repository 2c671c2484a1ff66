"""Quiet hours and days where the customer lives, whatever clocks do there."""

from datetime import date, time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.notifier.domain.wall_clock import day_of, next_day, quiet_until, zones_of
from shared.programme.attention_rules import QuietHours
from tests.services.notifier.domain import oracle
from tests.services.notifier.domain.oracle import MINUTE
from tests.services.notifier.domain.places import HOURS, ZONES, at, moments, zones_and_moment

NIGHT = QuietHours(time(21), time(8))
DEFAULT = "Europe/Madrid"


@settings(max_examples=200, deadline=None)
@given(zones_and_moment(), HOURS, st.integers(0, MINUTE - 1))
def test_quiet_hours_end_as_stepping_through_minutes_finds(
    place: tuple[list[ZoneInfo], int], hours: QuietHours, ms: int
) -> None:
    zones, minute = place
    now = minute + ms
    loud = quiet_until(now, hours, zones)
    assert loud == oracle.quiet_until(now, hours, zones)
    # At most once more: zones that never shared a loud minute may do so after a change of clocks.
    again = quiet_until(loud, hours, zones)
    assert quiet_until(again, hours, zones) == again


@settings(max_examples=60, deadline=None)
@given(ZONES, moments())
def test_a_day_ends_as_stepping_through_minutes_finds(zone: ZoneInfo, now: int) -> None:
    today = oracle.wall(now, zone).date()
    steps = oracle.minutes_from(now, oracle.TWO_DAYS)
    assert next_day(now, zone) == next(m for m in steps if oracle.wall(m, zone).date() != today)


@pytest.mark.parametrize(
    ("zone", "hours", "now", "loud"),
    [
        # 02:30 is jumped over: clocks show 03:00 when it would have been two.
        ("Europe/Berlin", (21, 0, 2, 30), "2026-03-28T23:00Z", "2026-03-29T01:00Z"),
        # It is 01:10 for the second time, and quiet until half past, although that was before.
        ("America/New_York", (21, 0, 1, 30), "2026-11-01T06:10Z", "2026-11-01T06:30Z"),
        # 03:00 comes an hour later than it seems: clocks are turned back just then.
        ("Europe/Berlin", (21, 0, 3, 0), "2026-10-24T22:00Z", "2026-10-25T02:00Z"),
        # 30 December is no day at all.
        ("Pacific/Apia", (21, 0, 8, 0), "2011-12-30T09:00Z", "2011-12-30T18:00Z"),
        ("Asia/Kathmandu", (21, 0, 8, 0), "2026-03-01T20:00Z", "2026-03-02T02:15Z"),
    ],
)
def test_where_clocks_change(
    zone: str, hours: tuple[int, int, int, int], now: str, loud: str
) -> None:
    quiet = QuietHours(time(hours[0], hours[1]), time(hours[2], hours[3]))
    assert quiet_until(at(now), quiet, [ZoneInfo(zone)]) == at(loud)


@pytest.mark.parametrize(
    ("zone", "now", "tomorrow"),
    [
        ("America/Sao_Paulo", "2018-11-03T12:00Z", "2018-11-04T03:00Z"),  # starts at one
        ("Africa/Cairo", "2023-04-27T12:00Z", "2023-04-27T22:00Z"),
        ("Asia/Beirut", "2026-10-24T20:30Z", "2026-10-24T22:00Z"),  # 25 hours
        # Saturday comes back for an hour after a minute of Sunday.
        ("America/St_Johns", "2010-11-07T02:45Z", "2010-11-07T03:30Z"),
        ("Pacific/Apia", "2011-12-30T09:00Z", "2011-12-30T10:00Z"),
    ],
)
def test_where_midnight_is_not_as_elsewhere(zone: str, now: str, tomorrow: str) -> None:
    assert next_day(at(now), ZoneInfo(zone)) == at(tomorrow)


def test_a_day_that_is_skipped_is_never_shown() -> None:
    apia = ZoneInfo("Pacific/Apia")
    after = next_day(at("2011-12-30T09:00Z"), apia)
    assert (day_of(after - 1, apia), day_of(after, apia)) == (
        date(2011, 12, 29),
        date(2011, 12, 31),
    )


def test_a_country_is_loud_when_all_of_it_is_awake() -> None:
    zones = zones_of(None, "US", None, DEFAULT)
    loud = quiet_until(at("2026-03-02T13:00Z"), NIGHT, zones)  # 08:00 in New York
    assert loud == at("2026-03-02T18:00Z")  # 08:00 in Honolulu and on the Aleutians


def test_where_somebody_always_sleeps_the_middle_of_the_country_counts() -> None:
    zones = zones_of(None, "RU", None, DEFAULT)
    hours = QuietHours(time(18), time(9))
    loud = quiet_until(at("2026-03-02T00:00Z"), hours, zones)
    assert quiet_until(loud, hours, zones) == loud
    assert at("2026-03-02T00:00Z") < loud < at("2026-03-03T00:00Z")


@pytest.mark.parametrize("hours", [None, QuietHours(time(8), time(8))])
def test_without_quiet_hours_it_is_always_loud(hours: QuietHours | None) -> None:
    assert quiet_until(at("2026-03-02T01:00Z"), hours, [ZoneInfo("Europe/Berlin")]) == at(
        "2026-03-02T01:00Z"
    )


@pytest.mark.parametrize(
    ("time_zone", "country", "locale", "found"),
    [
        ("Asia/Kathmandu", "DE", "fr-FR", "Asia/Kathmandu"),
        (None, "fr", "de-AT", "Europe/Paris"),
        (None, None, "de-AT", "Europe/Vienna"),
        (None, None, "de_AT", "Europe/Vienna"),
        (None, "XX", "zh-Hant-TW", "Asia/Taipei"),  # a country that is none
        (None, None, "en-u-tz-de", DEFAULT),  # an extension is no region
        (None, None, "en-ZZ", DEFAULT),
        (None, "001", None, DEFAULT),
        (None, None, "es-419", DEFAULT),
        (None, None, None, DEFAULT),
        ("Mars/Olympus", None, None, DEFAULT),
        ("../../etc/passwd", None, None, DEFAULT),
        ("Europe", None, None, DEFAULT),
        ("a\0b", None, None, DEFAULT),
        ("x" * 5000, None, None, DEFAULT),
    ],
)
def test_who_lives_where(
    time_zone: str | None, country: str | None, locale: str | None, found: str
) -> None:
    assert [zone.key for zone in zones_of(time_zone, country, locale, DEFAULT)] == [found]


def test_every_country_has_clocks() -> None:
    for code in ("US", "RU", "BR", "KI", "AQ", "CA", "AU"):
        assert len(zones_of(None, code, None, DEFAULT)) > 1
