"""Stripe's integers as amounts (https://docs.stripe.com/currencies, charges)."""

from decimal import Decimal

from iso4217 import Currency

from shared.errors import Invalid
from shared.money import from_units, to_units

# Where Stripe's minor unit is not that of ISO 4217: the ariary has none, and two that have none
# any more are still told in hundredths.
_DIGITS = {"MGA": 0, "ISK": 2, "UGX": 2}


def amount_of(minor: int, currency: str, pointer: str) -> tuple[str, Decimal]:
    """The currency's ISO code and the exact amount of `minor` of its smallest units.

    Raises Invalid: no currency, negative, too large, a fraction where there is none.
    """
    code = currency.upper()
    try:
        digits = _DIGITS.get(code, Currency(code).exponent)
    except ValueError:
        digits = None
    if digits is None:
        raise Invalid("not a currency of ISO 4217", "/data/object/currency")
    if minor < 0 or minor >= 10**18:
        raise Invalid("more than this system counts, or negative", pointer)
    return code, from_units(to_units(Decimal(minor).scaleb(-digits), code, pointer), code)
