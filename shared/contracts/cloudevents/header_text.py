"""Attribute values in HTTP header fields (HTTP binding, 3.1.3.2): percent-encoded UTF-8."""

import re
from urllib.parse import quote, unquote_to_bytes

_SAFE = "!#$&'()*+,-./:;<=>?@[\\]^_`{|}~"
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')
_BALANCED = re.compile(r'(?:[^"]++|"(?:[^"\\]|\\.)*+")*+')
_ESCAPED = re.compile(r"\\(.)")
_BROKEN_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")


def encode_header(text: str) -> bytes:
    """Percent-encode space, quotation mark, percent and all outside U+0021 to U+007E."""
    return quote(text, safe=_SAFE).encode("ascii")


def decode_header(value: bytes) -> str:
    """Undo quoted strings, then one round of percent-encoding.

    Raises ValueError, without the value, for anything but ASCII, an open quotation, a broken
    escape, or bytes that are not UTF-8.
    """
    text = value.strip(b" \t").decode("ascii")
    if '"' in text:
        if _BALANCED.fullmatch(text) is None:
            raise ValueError("a quotation is left open")
        text = _QUOTED.sub(lambda quoted: _ESCAPED.sub(r"\1", quoted[1]), text)
    if "%" not in text:
        return text
    if _BROKEN_ESCAPE.search(text) is not None:
        raise ValueError("a percent sign is not followed by two hexadecimal digits")
    return unquote_to_bytes(text).decode()
