"""A delivery's JSON body as a struct, exact: integers of any length, decimals from their digits."""

import re
from typing import Generic, TypeVar

import msgspec

from shared.errors import Invalid

T = TypeVar("T")

_PLACE = re.compile(r" - at `\$(?P<path>[^`]*)`$")
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")


class JsonBody(Generic[T]):
    """Reads bodies of one shape; members that the shape does not name are passed over."""

    def __init__(self, shape: type[T]) -> None:
        self._decoder = msgspec.json.Decoder(shape)

    def read(self, body: bytes) -> T:
        """Raises Invalid with a pointer into the body, and without any of its values."""
        try:
            body.decode()  # msgspec does not look inside strings that it passes over
            return self._decoder.decode(body)
        except msgspec.ValidationError as error:
            raise misfit(error) from None
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            raise Invalid("not well-formed JSON") from None


def misfit(error: msgspec.ValidationError) -> Invalid:
    """msgspec's words with a JSON Pointer, and without the values that they may quote."""
    text = str(error)
    place = _PLACE.search(text)
    path = place["path"] if place else ""
    reason = _QUOTED.sub("that", text[: place.start()] if place else text)
    return Invalid(reason, path.replace("[", "/").replace("]", "").replace(".", "/"))
