"""Lengths of time as a programme writes them: 30d, 12h, 90m."""

from datetime import timedelta

_UNITS = {"d": "days", "h": "hours", "m": "minutes"}


def period(text: str) -> timedelta:
    """`30d` as 30 days; its schema must have accepted it."""
    return timedelta(**{_UNITS[text[-1]]: int(text[:-1])})


def period_or_never(text: str) -> timedelta | None:
    """The same, or None for "never"."""
    return None if text == "never" else period(text)
