"""The connector of a Stripe account."""

from collections.abc import Sequence

from msgspec import Struct

from services.events.connectors.body import JsonBody
from services.events.connectors.port import Reading
from services.events.connectors.setup import Setup
from services.events.connectors.stripe.refund import read_charge, read_refund
from services.events.connectors.stripe.session import read_session
from services.events.connectors.stripe.wire import (
    ChargeEvent,
    Envelope,
    RefundEvent,
    SessionEvent,
)
from shared.webhooks.delivery import Delivery
from shared.webhooks.digests import check_hmac, check_time, from_hex

_ENVELOPE = JsonBody(Envelope)
_SESSION = JsonBody(SessionEvent)
_REFUND = JsonBody(RefundEvent)
_CHARGE = JsonBody(ChargeEvent)
_SESSION_TYPES = frozenset(
    ("checkout.session.completed", "checkout.session.async_payment_succeeded")
)
_REFUND_TYPES = frozenset(
    ("refund.created", "refund.updated", "refund.failed", "charge.refund.updated")
)


class Options(Struct, forbid_unknown_fields=True):
    """What a source's file may set. `charge_refunded` false leaves `charge.refunded` alone: where
    `refund.*` comes too, and lists no refunds, it would keep a refund that failed afterwards."""

    include_test_orders: bool = False
    charge_refunded: bool = True


class Stripe:
    """`Stripe-Signature` holds a time and any number of hex digests over `<time>.<raw body>`; the
    whole text of the secret is the key, `whsec_` included."""

    reads = frozenset[str]()

    def __init__(self, setup: Setup) -> None:
        self._source = setup.source
        self._email_alias = setup.email_alias
        self._options = setup.options_as(Options)

    def verify(self, delivery: Delivery, secrets: Sequence[str]) -> None:
        fields = _fields(delivery.headers.get("stripe-signature"))
        time = next((value for name, value in fields if name == "t"), None)
        digests = [from_hex(value) for name, value in fields if name == "v1"]
        message = (time or "").encode() + b"." + delivery.body
        check_hmac(message, digests, (secret.encode() for secret in secrets))
        check_time(time, delivery.received_at)

    def read(self, delivery: Delivery) -> Reading:
        event = _ENVELOPE.read(delivery.body)
        if not event.livemode and not self._options.include_test_orders:
            return Reading(ignored="a test")
        if event.type in _SESSION_TYPES:
            return read_session(self._source, _SESSION.read(delivery.body), self._email_alias)
        if event.type in _REFUND_TYPES:
            return read_refund(self._source, _REFUND.read(delivery.body))
        if event.type == "charge.refunded":
            if self._options.charge_refunded:
                return read_charge(self._source, _CHARGE.read(delivery.body))
            return Reading(ignored="a sum of refunds that are told one by one")
        return Reading(ignored="a type of event that is not read")


def _fields(header: str | None) -> list[tuple[str, str]]:
    """`t=1,v1=ab` as pairs."""
    pairs = (part.strip().partition("=") for part in (header or "").split(","))
    return [(name, value) for name, _, value in pairs]
