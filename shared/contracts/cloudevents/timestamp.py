"""RFC 3339 date-times: a strict check and the moment they name."""

import re
from datetime import UTC, datetime, timedelta

_CLOCK = r"[Tt](?:[01][0-9]|2[0-3]):[0-5][0-9]:"
_OFFSET = r"(?:\.[0-9]+)?(?:[Zz]|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])"
# Every month has these days, so the common case needs no calendar.
_EVERY_MONTH = re.compile(
    rf"(?!0000)[0-9]{{4}}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1[0-9]|2[0-8]){_CLOCK}[0-5][0-9]{_OFFSET}"
)
_DATE_TIME = re.compile(
    rf"(?P<minute>[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}{_CLOCK})(?P<second>[0-5][0-9]|60)(?P<rest>{_OFFSET})"
)


def is_timestamp(text: str) -> bool:
    """Tell whether `text` is a date-time of RFC 3339 section 5.6, in the years 1 to 9999."""
    if _EVERY_MONTH.fullmatch(text) is not None:
        return True
    try:
        parse_timestamp(text)
    except ValueError:
        return False
    return True


def parse_timestamp(text: str) -> datetime:
    """Return the aware moment, to the microsecond; a leap second becomes the second after it.

    Raises ValueError for anything that RFC 3339 section 5.6 does not allow.
    """
    if len(text) == 20 and text[4::3] == "--T::Z":
        try:
            return datetime.fromisoformat(text)  # as most programs write it
        except ValueError:
            pass  # A leap second, or wrong.
    match = _DATE_TIME.fullmatch(text)
    if match is None:
        raise ValueError("not an RFC 3339 date-time")
    if match["second"] != "60":
        return datetime.fromisoformat(text.upper())
    return _after_leap_second(f"{match['minute']}59{match['rest']}")


def _after_leap_second(second_before: str) -> datetime:
    try:
        moment = datetime.fromisoformat(second_before.upper()) + timedelta(seconds=1)
        in_utc = moment.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("outside the years 1 to 9999") from error
    if (in_utc.day, in_utc.hour, in_utc.minute) != (1, 0, 0):
        raise ValueError("a leap second stands only at the end of a month, in UTC")
    return moment
