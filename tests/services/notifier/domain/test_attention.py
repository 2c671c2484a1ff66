"""How often a person may be written to."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.notifier.domain.attention import LONGEST, Charge, charged, free_from, released
from shared.contracts.purposes import PURPOSES, Purpose
from shared.programme.attention_rules import BudgetWindow
from tests.services.notifier.domain import oracle
from tests.services.notifier.domain.oracle import MINUTE
from tests.services.notifier.domain.places import BACK, PURPOSE, WINDOWS, at, zones_and_moment

HOUR, DAY = 60 * MINUTE, 24 * 60 * MINUTE
BERLIN = [ZoneInfo("Europe/Berlin")]


@settings(max_examples=150, deadline=None)
@given(zones_and_moment(most=2), WINDOWS, BACK, PURPOSE)
def test_room_is_where_stepping_through_minutes_finds_it_first(
    place: tuple[list[ZoneInfo], int],
    windows: list[BudgetWindow],
    back: list[tuple[int, Purpose]],
    purpose: Purpose,
) -> None:
    zones, now = place
    charges = [Charge(str(n), now - ago * MINUTE, of) for n, (ago, of) in enumerate(back)]
    expected = oracle.free_from(charges, windows, purpose, now, zones, 5 * DAY)
    assert free_from(charges, windows, purpose, now, zones) == expected


@settings(max_examples=60, deadline=None)
@given(zones_and_moment(most=2), WINDOWS, st.lists(PURPOSE, max_size=8))
def test_who_goes_as_soon_as_there_is_room_is_never_over_budget(
    place: tuple[list[ZoneInfo], int], windows: list[BudgetWindow], purposes: list[Purpose]
) -> None:
    zones, now = place
    charges: tuple[Charge, ...] = ()
    for n, purpose in enumerate(purposes):
        free = free_from(charges, windows, purpose, now, zones)
        assert free is not None
        assert free >= now
        now = free
        charges = charged(charges, Charge(str(n), now, purpose))
    assert len(charges) == len(purposes)
    assert oracle.overdrawn(charges, windows, zones) == []


def test_no_room_is_ever_where_the_budget_has_none() -> None:
    never = [BudgetWindow(0, "day", frozenset(("survey",)))]
    assert free_from((), never, "survey", 0, BERLIN) is None
    assert free_from((), never, "thanks", 7, BERLIN) == 7


def test_a_day_of_a_country_is_over_when_it_is_over_everywhere() -> None:
    coasts = [ZoneInfo("America/New_York"), ZoneInfo("America/Los_Angeles")]
    once = [BudgetWindow(1, "day")]
    noon = at("2026-03-01T17:00Z")
    free = free_from([Charge("m", noon, "thanks")], once, "thanks", noon, coasts)
    assert free == at("2026-03-02T08:00Z")


def test_a_repeated_hour_of_saturday_is_still_saturday() -> None:
    """Clocks went from 00:01 on Sunday back to 23:01: room must not be found in the past."""
    zones, once = [ZoneInfo("America/St_Johns")], [BudgetWindow(1, "day")]
    now = at("2010-11-07T02:45Z")
    charge = Charge("m", at("2010-11-06T15:00Z"), "thanks")
    assert free_from([charge], once, "thanks", now, zones) == at("2010-11-07T03:30Z")


def test_a_message_is_charged_once_and_when_it_is_sent() -> None:
    first = charged((), Charge("m-1", 5 * DAY, "thanks"))
    later = charged(first, Charge("m-1", 6 * DAY, "thanks"))
    assert later == (Charge("m-1", 6 * DAY, "thanks"),)
    assert released(later, "m-1") == ()
    assert released(later, "m-2") == later


def test_what_is_long_past_is_forgotten() -> None:
    longest = LONGEST // timedelta(milliseconds=1)
    kept = charged((), Charge("m-1", 1, "thanks"))
    assert len(charged(kept, Charge("m-2", longest, "thanks"))) == 2
    assert charged(kept, Charge("m-2", longest + 1, "thanks")) == (
        Charge("m-2", longest + 1, "thanks"),
    )


@pytest.mark.parametrize("purpose", PURPOSES)
def test_without_windows_there_is_always_room(purpose: Purpose) -> None:
    assert free_from([Charge("m", 5, purpose)], (), purpose, 5, BERLIN) == 5
