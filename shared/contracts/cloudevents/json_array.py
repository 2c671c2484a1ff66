"""Cutting a JSON array into the texts of its elements, without reading them."""

import json
import re
from collections.abc import Iterator

import msgspec

from shared.contracts.cloudevents.event import InvalidEvent

_ELEMENTS = msgspec.json.Decoder(list[msgspec.Raw])
_GAP = re.compile(r"[ \t\n\r]*")


def split_array(body: bytes) -> list[bytes]:
    """Return the elements of the array, each as sent.

    An element with a lone surrogate or bad UTF-8 does not take the others down with it.
    Raises InvalidEvent where the body is not an array.
    """
    try:
        return [bytes(element) for element in _ELEMENTS.decode(body)]
    except msgspec.ValidationError:
        raise InvalidEvent("", "A batch must be a JSON array.") from None
    except RecursionError:
        raise InvalidEvent("", "The batch is nested too deeply.") from None
    except msgspec.DecodeError:
        pass
    try:
        # msgspec stops at lone surrogates, which the grammar of RFC 8259 allows.
        return [
            element.encode(errors="surrogateescape")
            for element in _scan(body.decode(errors="surrogateescape"))
        ]
    except (ValueError, RecursionError):
        raise InvalidEvent("", "The body is not well-formed JSON.") from None


def _scan(text: str) -> Iterator[str]:
    read = json.JSONDecoder().raw_decode
    at = _skip_gap(text, 0)
    if not text.startswith("[", at):
        raise InvalidEvent("", "A batch must be a JSON array.")
    mark = ","
    while mark == ",":
        start = _skip_gap(text, at + 1)
        _, end = read(text, start)
        yield text[start:end]
        at = _skip_gap(text, end)
        mark = text[at : at + 1]
    if mark != "]" or _skip_gap(text, at + 1) != len(text):
        raise ValueError("no end where the array should end")


def _skip_gap(text: str, start: int) -> int:
    gap = _GAP.match(text, start)
    return start if gap is None else gap.end()
