"""A merge as JSON, the same in both stores."""

import msgspec

from services.events.domain.merging import Merge

_DECODER = msgspec.json.Decoder(Merge)


def encode_merge(merge: Merge) -> bytes:
    """Times as RFC 3339."""
    return msgspec.json.encode(merge)


def decode_merge(body: bytes) -> Merge:
    """The merge that was encoded."""
    return _DECODER.decode(body)
