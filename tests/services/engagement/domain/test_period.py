"""Calendar periods begin at the programme's midnight, also across a change of the clock."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from services.engagement.domain.period import Calendar, Rolling, Unit
from shared.clock import epoch_ms, from_epoch_ms

BERLIN = ZoneInfo("Europe/Berlin")


def _begins(unit: Unit, moment: datetime) -> datetime:
    begins = Calendar(unit, BERLIN).begins(epoch_ms(moment))
    return from_epoch_ms(begins).astimezone(BERLIN)


@pytest.mark.parametrize(
    ("unit", "begins"),
    [
        ("day", datetime(2026, 7, 16, tzinfo=BERLIN)),
        ("week", datetime(2026, 7, 13, tzinfo=BERLIN)),
        ("month", datetime(2026, 7, 1, tzinfo=BERLIN)),
        ("year", datetime(2026, 1, 1, tzinfo=BERLIN)),
    ],
)
def test_a_period_begins_at_local_midnight(unit: Unit, begins: datetime) -> None:
    # 22:30 in UTC is half an hour into Thursday in Berlin.
    assert _begins(unit, datetime(2026, 7, 15, 22, 30, tzinfo=UTC)) == begins


@pytest.mark.parametrize("hour", [0, 1, 3, 12, 21])
@pytest.mark.parametrize(
    "day", [datetime(2026, 3, 29, tzinfo=BERLIN), datetime(2026, 10, 25, tzinfo=BERLIN)]
)
def test_a_day_of_23_or_25_hours_is_one_day(day: datetime, hour: int) -> None:
    moment = day.replace(hour=hour, minute=30).astimezone(UTC)
    assert _begins("day", moment) == day


@pytest.mark.parametrize("fold", [0, 1])
def test_the_hour_that_comes_twice_is_of_one_day(fold: int) -> None:
    moment = datetime(2026, 10, 25, 2, 30, tzinfo=BERLIN, fold=fold).astimezone(UTC)
    assert _begins("day", moment) == datetime(2026, 10, 25, tzinfo=BERLIN)


def test_a_rolling_period_lacks_its_first_instant() -> None:
    assert Rolling(7).begins(100) == 94
