"""JSON Pointers (RFC 6901) into documents that nobody has checked."""

from collections.abc import Mapping
from typing import Any

_MOST_DIGITS = 9


def value_at(document: Any, pointer: str) -> Any:
    """What stands in `document`, which is JSON or `Mapping`s, where `pointer` leads; None where
    nothing is."""
    value = document
    for step in pointer.split("/")[1:]:
        name = step.replace("~1", "/").replace("~0", "~")
        if isinstance(value, Mapping):
            value = value.get(name)
        elif isinstance(value, list) and (index := _index(name)) is not None:
            value = value[index] if index < len(value) else None
        else:
            return None
    return value


def _index(name: str) -> int | None:
    """Section 4: no leading zeros, and no numbers of other scripts."""
    if not (name.isascii() and name.isdigit() and len(name) <= _MOST_DIGITS):
        return None
    return None if name[0] == "0" and name != "0" else int(name)
