"""The Idempotency-Key header: a quoted string by the draft, bare by custom."""

import re
from collections.abc import Iterable

from shared.errors import Invalid

# A String of RFC 8941, section 3.3.3, or what others send without quotes.
_QUOTED = re.compile(rb'"((?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\]){1,255})"')
_BARE = re.compile(rb"[\x21\x23-\x7e]{1,255}")


def idempotency_key(headers: Iterable[tuple[bytes, bytes]]) -> str | None:
    """The key of ASGI headers, None if there is none. Raises Invalid."""
    found = None
    for name, value in headers:
        if name == b"idempotency-key":
            if found is not None:
                raise Invalid("more than one Idempotency-Key")
            found = value.strip(b" \t")
    if found is None:
        return None
    quoted = _QUOTED.fullmatch(found)
    if quoted is not None:
        return re.sub(rb"\\(.)", rb"\1", quoted[1]).decode("ascii")
    if _BARE.fullmatch(found) is None:
        raise Invalid("an Idempotency-Key has 1 to 255 printable ASCII characters")
    return found.decode("ascii")
