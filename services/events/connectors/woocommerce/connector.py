"""The connector of a WooCommerce shop."""

import html
import re
from collections.abc import Sequence

from msgspec import Struct

from services.events.connectors.act import told
from services.events.connectors.body import JsonBody
from services.events.connectors.order import cancellation
from services.events.connectors.port import Reading, UnsignedTrial
from services.events.connectors.setup import Setup
from services.events.connectors.woocommerce.customer import person
from services.events.connectors.woocommerce.order import read_order
from services.events.connectors.woocommerce.wire import Billing, Customer, Deleted, Order
from services.events.domain.identity import Person
from shared.errors import Invalid
from shared.webhooks.delivery import Delivery
from shared.webhooks.digests import check_hmac, from_base64

_ORDER = JsonBody(Order)
_CUSTOMER = JsonBody(Customer)
_DELETED = JsonBody(Deleted)
_ORDER_TOPICS = frozenset(("order.created", "order.updated", "order.restored"))
_CUSTOMER_TOPICS = frozenset(("customer.created", "customer.updated"))
_PING = re.compile(rb"webhook_id=[0-9]{1,20}")
# What wp_specialchars_decode(…, ENT_QUOTES) decodes: the secret is kept encoded, signed decoded.
_ENTITY = re.compile(r"&(?:lt|gt|amp|quot|#0*(?:34|38|39|60|62)|#x0*(?:22|26|27));", re.IGNORECASE)


class Options(Struct, forbid_unknown_fields=True):
    """A source's file sets nothing."""


class WooCommerce:
    """`X-WC-Webhook-Signature` is base64 over the raw body. A new webhook is tried with an
    unsigned form `webhook_id=<n>`, which must be answered 200."""

    reads = frozenset(("x-wc-webhook-topic",))

    def __init__(self, setup: Setup) -> None:
        self._source = setup.source
        self._email_alias = setup.email_alias
        setup.options_as(Options)

    def verify(self, delivery: Delivery, secrets: Sequence[str]) -> None:
        if _is_ping(delivery):
            raise UnsignedTrial("a new webhook that is tried")
        digest = from_base64(delivery.headers.get("x-wc-webhook-signature"))
        check_hmac(delivery.body, [digest], (_key(secret) for secret in secrets))

    def read(self, delivery: Delivery) -> Reading:
        topic = delivery.headers.get("x-wc-webhook-topic")
        if topic is None:
            raise Invalid("no header says which topic it is")
        if topic in _ORDER_TOPICS:
            order = _ORDER.read(delivery.body)
            return read_order(self._source, order, topic, self._email_alias)
        if topic == "order.deleted":
            order_id = str(_DELETED.read(delivery.body).id)
            time = told(delivery.received_at)
            return Reading(acts=(cancellation(self._source, order_id, time, "deleted"),))
        if topic in _CUSTOMER_TOPICS:
            return Reading(people=(self._read_customer(delivery),))
        return Reading(ignored="a topic that is not read")

    def _read_customer(self, delivery: Delivery) -> Person:
        customer = _CUSTOMER.read(delivery.body)
        billing = customer.billing
        account = Billing(
            first_name=customer.first_name or billing.first_name,
            last_name=customer.last_name or billing.last_name,
            email=customer.email or billing.email,
            phone=billing.phone,
            country=billing.country,
        )
        return person(self._source, customer.id, account)


def _is_ping(delivery: Delivery) -> bool:
    unsigned = "x-wc-webhook-signature" not in delivery.headers
    return unsigned and _PING.fullmatch(delivery.body) is not None


def _key(secret: str) -> bytes:
    return _ENTITY.sub(lambda found: html.unescape(found[0]), secret).encode()
