"""Signatures by the Standard Webhooks specification, symmetric (`v1`)."""

import base64
import binascii
from collections.abc import Iterator, Sequence

from shared.webhooks.delivery import Delivery, SignatureRefused
from shared.webhooks.digests import check_hmac, check_time, from_base64

PREFIX = "whsec_"


def verify(delivery: Delivery, secrets: Sequence[str]) -> None:
    """Raises SignatureRefused. Signed is `<id>.<timestamp>.<raw body>`; during a rotation the
    header has a signature by each secret, and versions other than v1 are passed over."""
    message_id = delivery.headers.get("webhook-id", "")
    timestamp = delivery.headers.get("webhook-timestamp", "")
    if not message_id or "." in message_id:
        raise SignatureRefused("no webhook-id, or one with a dot, which signs ambiguously")
    signatures = delivery.headers.get("webhook-signature", "").split()
    digests = [from_base64(one[3:]) for one in signatures if one.startswith("v1,")]
    if not digests:
        raise SignatureRefused("the delivery is not signed by v1")
    message = f"{message_id}.{timestamp}.".encode() + delivery.body
    check_hmac(message, digests, _keys(secrets))
    check_time(timestamp, delivery.received_at)


def _keys(secrets: Sequence[str]) -> Iterator[bytes]:
    for secret in secrets:
        try:
            yield base64.b64decode(secret.removeprefix(PREFIX), validate=True)
        except (binascii.Error, ValueError):
            raise SignatureRefused("a secret of the sender is not base64") from None
