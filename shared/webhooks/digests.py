"""Who signed these bytes: HMAC over a raw body, under any of a source's secrets."""

import base64
import binascii
import hmac
from collections.abc import Iterable
from datetime import datetime

from shared.webhooks.delivery import SignatureRefused

TOLERANCE_SECONDS = 300
"""How far a signed time may lie from now, to either side: what reference libraries allow."""


def check_hmac(
    message: bytes, digests: Iterable[bytes], keys: Iterable[bytes], algorithm: str = "sha256"
) -> None:
    """Raises SignatureRefused unless one of `keys` makes one of `digests` from `message`.

    Compares every digest with every key in constant time. No digest or no key is a refusal.
    """
    given = list(digests)
    genuine = False
    for key in keys:
        made = hmac.digest(key, message, algorithm)
        for digest in given:
            genuine |= hmac.compare_digest(made, digest)
    if not genuine:
        raise SignatureRefused("no secret of the sender has made this signature")


def from_base64(text: str | None) -> bytes:
    """The digest that a header holds in base64; raises SignatureRefused if it holds none."""
    try:
        return base64.b64decode(_present(text), validate=True)
    except (binascii.Error, ValueError):
        raise SignatureRefused("the signature is not base64") from None


def from_hex(text: str | None) -> bytes:
    """The digest that a header holds in hex; raises SignatureRefused if it holds none."""
    try:
        return binascii.unhexlify(_present(text))
    except (binascii.Error, ValueError):
        raise SignatureRefused("the signature is not hexadecimal") from None


def without_prefix(text: str | None, prefix: str) -> str:
    """What follows `prefix` in a header; raises SignatureRefused if it does not start so."""
    present = _present(text)
    if not present.startswith(prefix):
        raise SignatureRefused("the signature is of another kind")
    return present.removeprefix(prefix)


def check_time(seconds: str | None, now: datetime, tolerance: int = TOLERANCE_SECONDS) -> None:
    """Raises SignatureRefused unless `seconds` (Unix time) is within `tolerance` of `now`."""
    text = _present(seconds)
    if not (text.isascii() and text.isdigit() and len(text) <= 12):
        raise SignatureRefused("the signature has no time")
    if abs(now.timestamp() - int(text)) > tolerance:
        raise SignatureRefused("the signature is too old, or from the future")


def _present(text: str | None) -> str:
    if not text:
        raise SignatureRefused("the delivery is not signed")
    return text
