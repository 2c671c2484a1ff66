"""Signatures by the Standard Webhooks specification, symmetric (`v1`)."""

import base64
import binascii
import hmac
from collections.abc import Sequence

PREFIX = "whsec_"
_SHORTEST_KEY = 24


def sign(message_id: str, timestamp: int, body: bytes, secrets: Sequence[str]) -> str:
    """The header webhook-signature, by each of `secrets`, so that a receiver who knows the old or
    the new one can verify. Raises ValueError for a secret that is none."""
    signed = f"{message_id}.{timestamp}.".encode() + body
    digests = (hmac.digest(_key(secret), signed, "sha256") for secret in secrets)
    return " ".join(f"v1,{base64.b64encode(digest).decode()}" for digest in digests)


def _key(secret: str) -> bytes:
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("not base64") from None
    if len(key) < _SHORTEST_KEY:
        raise ValueError("fewer than 24 bytes")
    return key
