"""Which names and characters a context attribute may have (CloudEvents 1.0.2, spec.md)."""

import re

from shared.contracts.cloudevents.remembered import remembered

_NAME = re.compile(r"[a-z0-9]+")
_NONCHARACTERS = "".join(
    f"{chr(plane + 0xFFFE)}{chr(plane + 0xFFFF)}" for plane in range(0, 0x110000, 0x10000)
)
_FORBIDDEN = re.compile(f"[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef{_NONCHARACTERS}]")


@remembered
def is_attribute_name(name: str) -> bool:
    """Tell whether `name` is made of lower-case ASCII letters and digits only."""
    return _NAME.fullmatch(name) is not None


def is_text(value: str) -> bool:
    """Tell whether `value` holds no control character, surrogate or Unicode noncharacter."""
    return (value.isascii() and value.isprintable()) or _FORBIDDEN.search(value) is None
