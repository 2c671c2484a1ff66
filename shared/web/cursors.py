"""Where a page of a list ended, as one text that the caller gives back for the next page."""

import re
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Annotated, NamedTuple, TypeVar

from fastapi import Query

from shared.clock import epoch_ms, from_epoch_ms
from shared.errors import Invalid

T = TypeVar("T")

LAST = 253_402_300_799_999
"""The last millisecond of the year 9999, beyond which there is no datetime."""

_FORM = re.compile("([0-9]{1,15})-([0-9a-f]{32})")

Cursor = Annotated[
    str | None,
    Query(pattern=f"^{_FORM.pattern}$", description="`next_cursor` of the page before."),
]
"""The type of a query parameter."""


class Place(NamedTuple):
    """A place in a list that is in order of time, then id; `time` is ms since the epoch."""

    time: int
    id: str

    @property
    def moment(self) -> datetime:
        """`time` in UTC."""
        return from_epoch_ms(self.time)


def place_of(moment: datetime, id: str) -> Place:
    """The place of what has this time and id."""
    return Place(epoch_ms(moment), id)


def encode(place: Place) -> str:
    """`<time>-<id>`."""
    return f"{place.time}-{place.id}"


def decode(cursor: str | None) -> Place | None:
    """None where there is no cursor. Raises Invalid for one that was not made by `encode`."""
    if cursor is None:
        return None
    parts = _FORM.fullmatch(cursor)
    if parts is None or int(parts[1]) > LAST:
        raise Invalid("not a cursor that was given out here", "/cursor")
    return Place(int(parts[1]), parts[2])


def next_cursor(found: Sequence[T], limit: int, place: Callable[[T], Place]) -> str | None:
    """For the page of the first `limit` of `found`, which holds one more where any follow."""
    return encode(place(found[limit - 1])) if len(found) > limit else None
