"""The members of an act's payload that somebody is interested in."""

from functools import lru_cache
from typing import TypeVar

import msgspec

from shared.contracts.cloudevents import CloudEvent

T = TypeVar("T", bound=msgspec.Struct)


def read_data(event: CloudEvent, wanted: type[T]) -> T | None:
    """The payload as `wanted`; None where it does not fit, which is then for others to refuse."""
    try:
        found: T = _decoder(wanted).decode(event.data or b"")
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return found


@lru_cache(maxsize=64)
def _decoder(wanted: type[T]) -> msgspec.json.Decoder[T]:
    return msgspec.json.Decoder(wanted)
