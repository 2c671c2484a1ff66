"""Text to decimals, moments and ids."""

from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.events.mapping.fields import (
    MAX_CELL,
    NumberFormat,
    TimeFormat,
    order_id,
    text,
)
from shared.errors import Invalid

POINT = NumberFormat()
COMMA = NumberFormat(",", ".")
SHOPIFY = "%Y-%m-%d %H:%M:%S %z"


@given(st.decimals(min_value=-(10**9), max_value=10**9, places=3, allow_nan=False))
def test_every_decimal_is_read_exactly_in_both_notations(number: Decimal) -> None:
    english, german = f"{number:,}", f"{number:,}".translate(str.maketrans(",.", ".,"))
    assert NumberFormat(".", ",").read(english) == number
    assert COMMA.read(german) == number
    assert POINT.read(str(number)) == number


@pytest.mark.parametrize(
    ("form", "raw", "number"),
    [
        (POINT, " 12 ", "12"),
        (POINT, ".5", "0.5"),
        (POINT, "+1.50", "1.50"),
        (POINT, "−3.10", "-3.10"),
        (COMMA, "1.234", "1234"),
        (NumberFormat(",", " "), "1\u00a0234\u202f567,5", "1234567.5"),
        (NumberFormat(".", "'"), "1’234.50", "1234.50"),
    ],
)
def test_numbers(form: NumberFormat, raw: str, number: str) -> None:
    assert str(form.read(raw)) == number


@pytest.mark.parametrize(
    ("form", "raw"),
    [
        (POINT, "1,234.50"),
        (POINT, "12,50"),
        (COMMA, "12.50"),
        (COMMA, "1.23,50"),
        (POINT, ""),
        (POINT, "-"),
        (POINT, "12."),
        (POINT, "1e5"),
        (POINT, "NaN"),
        (POINT, "12 EUR"),
        (POINT, "٣"),
        (POINT, "9" * 41),
    ],
)
def test_what_is_no_number_in_this_notation(form: NumberFormat, raw: str) -> None:
    with pytest.raises(Invalid, match="not a number"):
        form.read(raw)


def test_json_numbers_do_not_depend_on_the_notation() -> None:
    assert COMMA.read(Decimal("12.5")) == Decimal("12.5")
    assert COMMA.read(7) == 7
    with pytest.raises(Invalid):
        COMMA.read(True)
    with pytest.raises(Invalid):
        COMMA.read(Decimal("1E+999999"))


@pytest.mark.parametrize(
    ("patterns", "zone", "raw", "moment"),
    [
        (("iso",), "UTC", "2026-03-01", "2026-03-01T00:00:00"),
        (("iso",), "Europe/London", "2026-07-01T10:00:00", "2026-07-01T09:00:00"),
        (("iso",), "Europe/London", "2026-07-01T10:00:00+02:00", "2026-07-01T08:00:00"),
        (("%d/%m/%Y %H:%M",), "UTC", "05/03/2026 10:15", "2026-03-05T10:15:00"),
        (
            ("iso", "%Y-%m-%d %H:%M:%S %z"),
            "UTC",
            "2026-03-01 10:15:00 -0500",
            "2026-03-01T15:15:00",
        ),
        (("unix",), "UTC", "1767268800", "2026-01-01T12:00:00"),
        # Clocks went back at 01:00 UTC: the earlier of the two 01:30 is meant.
        (("iso",), "Europe/London", "2026-10-25T01:30:00", "2026-10-25T00:30:00"),
    ],
)
def test_times(patterns: tuple[str, ...], zone: str, raw: str, moment: str) -> None:
    expected = datetime.fromisoformat(moment).replace(tzinfo=UTC)
    assert TimeFormat(patterns, ZoneInfo(zone)).read(raw) == expected


@pytest.mark.parametrize("raw", ["", "yesterday", "2026-02-30", "31/12/2026", "x" * 65])
def test_what_is_no_time(raw: str) -> None:
    with pytest.raises(Invalid, match="not a time"):
        TimeFormat(("iso", "unix")).read(raw)


@pytest.mark.parametrize("raw", ["1969-12-31", "0001-01-01"])
def test_times_that_no_shop_has(raw: str) -> None:
    with pytest.raises(Invalid):
        TimeFormat(zone=ZoneInfo("Pacific/Auckland")).read(raw)


@pytest.mark.parametrize(
    ("value", "expected"),
    [(" a ", "a"), (None, ""), (True, "true"), (7, "7"), (Decimal("1E+2"), "100")],
)
def test_values_as_text(value: object, expected: str) -> None:
    assert text(value) == expected


@pytest.mark.parametrize("value", [[], {}, "x" * (MAX_CELL + 1), 10**50, "a\ud800"])
def test_what_is_no_text(value: object) -> None:
    with pytest.raises(Invalid):
        text(value)


@pytest.mark.parametrize("raw", ["a\x00b", "x" * 181, "a\udc80"])
def test_order_ids_that_no_event_can_have(raw: str) -> None:
    with pytest.raises(Invalid):
        order_id(raw)
