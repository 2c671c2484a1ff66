"""A time that is asked for, as RFC 3339 writes it (section 5.6)."""

from datetime import datetime
from typing import Annotated

from pydantic import BeforeValidator

from shared.clock import epoch_ms
from shared.contracts.cloudevents.timestamp import parse_timestamp


def read_instant(text: object) -> datetime:
    """Raises ValueError."""
    if not isinstance(text, str):
        raise ValueError("an RFC 3339 date-time is a text")
    try:
        instant = parse_timestamp(text)
        epoch_ms(instant)
    except (ValueError, OverflowError):
        raise ValueError(WRONG) from None
    return instant


WRONG = "An RFC 3339 date-time, such as 2026-05-01T00:00:00Z; a + in a query is written %2B"

Instant = Annotated[datetime, BeforeValidator(read_instant)]
"""The type of a query parameter or a member of a body."""
