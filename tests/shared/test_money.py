"""Exact money."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import Invalid
from shared.money import LIMIT, fraction_digits, from_units, to_signed_units, to_units


@pytest.mark.parametrize(
    ("currency", "digits"), [("EUR", 3), ("USD", 3), ("JPY", 0), ("BHD", 3), ("CLF", 4)]
)
def test_decimals_follow_iso_4217_and_prices(currency: str, digits: int) -> None:
    assert fraction_digits(currency) == digits


@pytest.mark.parametrize(
    ("amount", "currency", "units"),
    [
        ("12.345", "EUR", 123_450),
        ("12.3400", "EUR", 123_400),
        ("0", "JPY", 0),
        ("500", "JPY", 5_000_000),
        ("1e2", "EUR", 1_000_000),
        ("500.00", "JPY", 5_000_000),
        ("0.0001", "CLF", 1),
    ],
)
def test_amounts_become_whole_units(amount: str, currency: str, units: int) -> None:
    assert to_units(Decimal(amount), currency) == units


@pytest.mark.parametrize(
    ("amount", "currency", "pointer"),
    [
        ("1.5", "JPY", "/total"),
        ("1.2345", "EUR", "/total"),
        ("-0.01", "EUR", "/total"),
        ("NaN", "EUR", "/total"),
        ("sNaN", "EUR", "/total"),
        ("-Infinity", "EUR", "/total"),
        (str(LIMIT), "EUR", "/total"),
        ("1e999999", "EUR", "/total"),
        ("1e-999999", "EUR", "/total"),
        ("1." + "0" * 40 + "1", "EUR", "/total"),
        ("1", "XAU", "/currency"),
        ("1", "ABC", "/currency"),
        ("1", "eur", "/currency"),
    ],
)
def test_what_is_no_amount_is_refused(amount: str, currency: str, pointer: str) -> None:
    with pytest.raises(Invalid) as refused:
        to_units(Decimal(amount), currency)
    assert refused.value.pointer == pointer


@given(st.integers(0, LIMIT * 1000 - 1))
def test_nothing_is_lost_on_the_way_there_and_back(thousandths: int) -> None:
    amount = Decimal(thousandths).scaleb(-3)
    assert from_units(to_units(amount, "EUR"), "EUR") == amount


def test_an_amount_is_shown_with_the_currencys_decimals() -> None:
    assert str(from_units(120_000, "EUR")) == "12.00"
    assert str(from_units(123_450, "EUR")) == "12.345"
    assert str(from_units(5_000_000, "JPY")) == "500"


@pytest.mark.parametrize(
    ("amount", "units"), [("-12.345", -123_450), ("12.345", 123_450), ("-0", 0), ("0.001", 10)]
)
def test_what_was_earned_may_be_less_than_nothing(amount: str, units: int) -> None:
    assert to_signed_units(Decimal(amount), "EUR") == units


@pytest.mark.parametrize("amount", ["-1.2345", f"-{LIMIT}", "-NaN", "-Infinity", "-1e999999"])
def test_what_was_lost_is_money_too(amount: str) -> None:
    with pytest.raises(Invalid) as refused:
        to_signed_units(Decimal(amount), "EUR", "/margin")
    assert refused.value.pointer == "/margin"
