"""How a sender that has no connector of its own proves who it is."""

import hmac
from collections.abc import Sequence
from typing import Literal

from msgspec import Struct

from services.events.connectors import standard_webhooks
from services.events.connectors.port import Delivery, SignatureRefused
from services.events.connectors.signatures import (
    check_hmac,
    from_base64,
    from_hex,
    without_prefix,
)


class Signature(Struct, forbid_unknown_fields=True):
    """`hmac-sha256`: a digest over the raw body; `token`: the secret itself, in a header;
    `standard-webhooks`: as that specification says. `prefix` stands before the digest or token."""

    scheme: Literal["hmac-sha256", "standard-webhooks", "token"]
    header: str = ""
    encoding: Literal["hex", "base64"] = "hex"
    prefix: str = ""

    def verify(self, delivery: Delivery, secrets: Sequence[str]) -> None:
        """Raises SignatureRefused."""
        if self.scheme == "standard-webhooks":
            standard_webhooks.verify(delivery, secrets)
            return
        given = without_prefix(delivery.headers.get(self.header.lower()), self.prefix)
        if self.scheme == "token":
            _check_token(given, secrets)
            return
        digest = from_hex(given) if self.encoding == "hex" else from_base64(given)
        check_hmac(delivery.body, [digest], (secret.encode() for secret in secrets))


def _check_token(given: str, secrets: Sequence[str]) -> None:
    """Hashed first, so that the comparison takes the same time whatever the lengths are."""
    key = b"requite-webhook-token"
    digest = hmac.digest(key, given.encode("utf-8", "surrogateescape"), "sha256")
    genuine = False
    for secret in secrets:
        genuine |= hmac.compare_digest(hmac.digest(key, secret.encode(), "sha256"), digest)
    if not genuine:
        raise SignatureRefused("no secret of the source is this token")
