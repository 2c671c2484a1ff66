"""Text of a cell to a decimal, a moment or an id, with a reason where that fails."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from decimal import Decimal, DecimalException
from functools import lru_cache

from shared.contracts.cloudevents.attribute_text import is_text
from shared.errors import Invalid

MAX_CELL = 4000
MAX_NUMBER = 40
MAX_TIME = 64
MAX_ORDER_ID = 180
EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)

_SURROGATE = re.compile("[\ud800-\udfff]")
_SPACES = " \u00a0\u2009\u202f"


def text(value: object) -> str:
    """A cell or JSON value as text without outer white space; null is empty.

    Raises Invalid for a list, an object, a lone surrogate, or more than MAX_CELL characters.
    """
    match value:
        case str():
            result = value.strip()
        case None:
            result = ""
        case bool():
            result = "true" if value else "false"
        case int():
            result = str(value) if abs(value) < 10**MAX_NUMBER else "9" * (MAX_CELL + 1)
        case Decimal():
            result = format(value, "f") if abs(value.adjusted()) < MAX_NUMBER else str(value)
        case _:
            raise Invalid("not a single value")
    if len(result) > MAX_CELL:
        raise Invalid(f"longer than {MAX_CELL} characters")
    if not result.isascii() and _SURROGATE.search(result):
        raise Invalid("half a character (a lone surrogate)")
    return result


@dataclass(frozen=True, slots=True)
class NumberFormat:
    """How decimals are written: the decimal sign, and what parts thousands, if anything."""

    decimal: str = "."
    thousands: str = ""

    def read(self, value: object) -> Decimal:
        """The exact decimal of a cell; a JSON number is taken as it is. Raises Invalid."""
        if isinstance(value, int | Decimal) and not isinstance(value, bool):
            return _plain(str(value))
        raw = text(value)
        if len(raw) > MAX_NUMBER or _number(self.decimal, self.thousands).fullmatch(raw) is None:
            raise Invalid("not a number")
        for mark in _separators(self.thousands):
            raw = raw.replace(mark, "")
        return _plain(raw.replace(self.decimal, ".").replace("−", "-"))


def _plain(raw: str) -> Decimal:
    try:
        number = Decimal(raw)
    except DecimalException:
        raise Invalid("not a number") from None
    if len(raw) > MAX_NUMBER or not number.is_finite() or abs(number.adjusted()) > MAX_NUMBER:
        raise Invalid("not a number")
    return number


def _separators(thousands: str) -> str:
    return {" ": _SPACES, "'": "'’"}.get(thousands, thousands)


@lru_cache(maxsize=64)
def _number(decimal: str, thousands: str) -> re.Pattern[str]:
    grouped = ""
    if thousands:
        grouped = rf"[0-9]{{1,3}}(?:[{re.escape(_separators(thousands))}][0-9]{{3}})+|"
    fraction = rf"{re.escape(decimal)}[0-9]+"
    return re.compile(rf"[-+−]?(?:(?:{grouped}[0-9]+)(?:{fraction})?|{fraction})")


@dataclass(frozen=True, slots=True)
class TimeFormat:
    """How moments are written: `iso` (ISO 8601), `unix` (seconds), or strptime patterns.

    A time without offset is local to `zone`: of the two moments that it names when clocks go
    back the earlier one is meant, and one that was skipped counts as if clocks had not moved.
    """

    patterns: tuple[str, ...] = ("iso",)
    zone: tzinfo = UTC

    def read(self, value: object) -> datetime:
        """The moment in UTC. Raises Invalid: in none of the formats, or before 1970."""
        raw = text(value)
        if len(raw) > MAX_TIME:
            raise Invalid("not a time in the format that the mapping names")
        return _moment(self, raw)


@lru_cache(maxsize=4096)
def _moment(form: TimeFormat, raw: str) -> datetime:
    for pattern in form.patterns:
        try:
            moment = _parse(pattern, raw)
            local = moment if moment.tzinfo else moment.replace(tzinfo=form.zone)
            utc = local.astimezone(UTC)
        except (ValueError, OverflowError, DecimalException):
            continue
        if utc < EARLIEST:
            raise Invalid("a time before 1970")
        return utc
    raise Invalid("not a time in the format that the mapping names")


def _parse(pattern: str, raw: str) -> datetime:
    match pattern:
        case "iso":
            return datetime.fromisoformat(raw)
        case "unix":
            return datetime.fromtimestamp(float(Decimal(raw)), UTC)
        case _:
            return datetime.strptime(raw, pattern)  # noqa: DTZ007 (the caller adds the zone)


def rfc3339(moment: datetime) -> str:
    """A moment in UTC as events write it, so that times sort as text."""
    return moment.isoformat().replace("+00:00", "Z")


def order_id(raw: str) -> str:
    """`raw` as an order's id. Raises Invalid: too long for an event's id, control characters."""
    if len(raw) > MAX_ORDER_ID:
        raise Invalid(f"an order id longer than {MAX_ORDER_ID} characters")
    if not is_text(raw):
        raise Invalid("an order id with control characters")
    return raw
