"""How a sender that nothing else is known of proves who it is."""

import hmac
from collections.abc import Sequence
from typing import Literal

from msgspec import Struct

from shared.webhooks import standard
from shared.webhooks.delivery import Delivery, SignatureRefused
from shared.webhooks.digests import check_hmac, from_base64, from_hex, without_prefix

TOKEN_PARAMETER = "token"  # noqa: S105 - its name


class Signature(Struct, frozen=True, forbid_unknown_fields=True):
    """`hmac-sha256`: a digest over the raw body; `token`: the secret itself, in a header;
    `standard-webhooks`: as that specification says. `prefix` stands before the digest or token.
    `basic`: the secret is `user:password` (RFC 7617); `url-token`: it is `?token=` of the address.
    """

    scheme: Literal["hmac-sha256", "standard-webhooks", "token", "basic", "url-token"]
    header: str = ""
    encoding: Literal["hex", "base64"] = "hex"
    prefix: str = ""

    def verify(self, delivery: Delivery, secrets: Sequence[str]) -> None:
        """Raises SignatureRefused."""
        match self.scheme:
            case "standard-webhooks":
                standard.verify(delivery, secrets)
            case "basic":
                _check_token(_basic(delivery.headers.get("authorization")), secrets)
            case "url-token":
                given = without_prefix(delivery.query.get(TOKEN_PARAMETER), "")
                _check_token(given.encode("utf-8", "surrogateescape"), secrets)
            case "token":
                _check_token(self._given(delivery).encode("utf-8", "surrogateescape"), secrets)
            case "hmac-sha256":
                given = self._given(delivery)
                digest = from_hex(given) if self.encoding == "hex" else from_base64(given)
                check_hmac(delivery.body, [digest], (secret.encode() for secret in secrets))

    def _given(self, delivery: Delivery) -> str:
        return without_prefix(delivery.headers.get(self.header.lower()), self.prefix)


def _basic(header: str | None) -> bytes:
    scheme, _, credentials = without_prefix(header, "").partition(" ")
    if scheme.lower() != "basic":
        raise SignatureRefused("the signature is of another kind")
    return from_base64(credentials.strip())


def _check_token(given: bytes, secrets: Sequence[str]) -> None:
    """Hashed first, so that the comparison takes the same time whatever the lengths are."""
    key = b"requite-webhook-token"
    digest = hmac.digest(key, given, "sha256")
    genuine = False
    for secret in secrets:
        genuine |= hmac.compare_digest(hmac.digest(key, secret.encode(), "sha256"), digest)
    if not genuine:
        raise SignatureRefused("no secret of the sender is this token")
