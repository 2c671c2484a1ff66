"""Where a page ended, for lists whose places are more than a time and a hex id; opaque to callers.

Besides shared.web.cursors, whose cursors can be read.
"""

import base64
from typing import Annotated, Any, TypeVar

import msgspec
from fastapi import Query

from shared.errors import Invalid

T = TypeVar("T")

OpaqueCursor = Annotated[
    str | None,
    Query(
        pattern="^[A-Za-z0-9_-]+$",
        max_length=8000,
        description="`next_cursor` of the page before.",
    ),
]
"""The type of a query parameter."""


def encode(place: Any) -> str:
    """Anything that msgspec knows, as base64url (RFC 4648, section 5) without padding; numbers may
    be those of a database."""
    told = msgspec.json.encode(place, enc_hook=int)
    return base64.urlsafe_b64encode(told).rstrip(b"=").decode("ascii")


def decode(cursor: str | None, kind: type[T]) -> T | None:
    """None where there is no cursor. Raises Invalid for what is no place of this `kind`, whose own
    constraints have to say what may come from outside."""
    if cursor is None:
        return None
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        return msgspec.json.decode(base64.urlsafe_b64decode(padded), type=kind)
    except (ValueError, RecursionError):  # Both libraries' errors are ValueErrors.
        raise Invalid("not a cursor that was given out here", "/cursor") from None
