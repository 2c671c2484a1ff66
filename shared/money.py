"""Exact money: decimals at the edge, whole ten-thousandths of the unit in stores and sums."""

from decimal import Decimal
from functools import lru_cache

from iso4217 import Currency

from shared.errors import Invalid

SCALE = 4  # no currency in ISO 4217 has more than four minor digits
LIMIT = 10**12  # units; keeps sums of hundreds of the largest within 63 bits


@lru_cache(maxsize=256)
def fraction_digits(currency: str) -> int:
    """Decimals that an amount in `currency` may have: those of ISO 4217, and three where it has
    two, since unit prices come in tenths of a cent. Raises Invalid for an unknown code."""
    try:
        minor = Currency(currency).exponent
    except ValueError:
        raise Invalid("not a currency of ISO 4217", "/currency") from None
    if minor is None:
        raise Invalid("a currency without minor unit, such as a metal, is no money", "/currency")
    return 3 if minor == 2 else minor


def to_units(amount: Decimal, currency: str, pointer: str = "/total") -> int:
    """`amount` in ten-thousandths, exact. Raises Invalid: negative, too precise, too large."""
    digits = fraction_digits(currency)
    whole, _, fraction = str(amount).partition(".")
    units_written = whole + fraction.ljust(SCALE, "0")
    if len(fraction) <= digits and len(whole) <= 12 and units_written.isdigit():
        return int(units_written)  # as people write amounts
    if not amount.is_finite():
        raise Invalid("not a finite amount", pointer)
    if len(amount.as_tuple().digits) > 20 or abs(amount.adjusted()) > 20:
        raise Invalid("more digits than money has", pointer)
    if amount < 0:
        raise Invalid("an amount is never negative; money that goes back is a refund", pointer)
    if amount >= LIMIT:
        raise Invalid("more than this system counts", pointer)
    units = amount.scaleb(SCALE)
    if units != units.to_integral_value() or -_exponent(amount) > digits:
        raise Invalid(f"{currency} has at most {digits} decimals", pointer)
    return int(units)


def to_signed_units(amount: Decimal, currency: str, pointer: str = "/total") -> int:
    """Like `to_units`, of what may be negative too."""
    units = to_units(amount.copy_abs(), currency, pointer)
    return -units if amount.is_signed() else units


def from_units(units: int, currency: str) -> Decimal:
    """A decimal with the number of decimals that the currency has, more only if needed."""
    amount = Decimal(units).scaleb(-SCALE)
    minor = Currency(currency).exponent or 0
    return amount.quantize(Decimal(1).scaleb(-max(minor, -_exponent(amount))))


def _exponent(amount: Decimal) -> int:
    """The exponent once trailing zeros are gone."""
    if not amount:
        return 0
    exponent = amount.normalize().as_tuple().exponent
    return exponent if isinstance(exponent, int) else 0
