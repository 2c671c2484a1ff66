"""The connector of a Shopify shop."""

from collections.abc import Callable, Mapping, Sequence

from msgspec import Struct

from services.events.connectors.act import told, utc
from services.events.connectors.body import JsonBody
from services.events.connectors.order import cancellation
from services.events.connectors.port import DataRequest, Reading
from services.events.connectors.setup import Setup
from services.events.connectors.shopify.customer import customer_alias, person
from services.events.connectors.shopify.order import read_order
from services.events.connectors.shopify.refund import refund_act
from services.events.connectors.shopify.wire import (
    Account,
    Compliance,
    Deleted,
    Order,
    Refund,
    ShopRedact,
)
from services.events.domain.identity import make_alias
from shared.errors import Invalid
from shared.webhooks.delivery import Delivery
from shared.webhooks.digests import check_hmac, from_base64

_DELETED = JsonBody(Deleted)
_ORDER = JsonBody(Order)
_REFUND = JsonBody(Refund)
_CUSTOMER = JsonBody(Account)
_COMPLIANCE = JsonBody(Compliance)
_SHOP_REDACT = JsonBody(ShopRedact)


class Options(Struct, forbid_unknown_fields=True):
    """What a source's file may set. `shop_domain`: deliveries of other shops are left alone,
    where an app that is installed in several signs for all of them."""

    include_test_orders: bool = False
    shop_domain: str = ""


class Shopify:
    """Tells topics by their header; `X-Shopify-Hmac-Sha256` is base64 over the raw body."""

    reads = frozenset(
        f"{prefix}shopify-{name}"
        for prefix in ("", "x-")
        for name in ("topic", "shop-domain", "triggered-at")
    )

    def __init__(self, setup: Setup) -> None:
        self._source = setup.source
        self._email_alias = setup.email_alias
        options = setup.options_as(Options)
        self._tests = options.include_test_orders
        self._shop_domain = options.shop_domain.lower()
        self._readers: Mapping[str, Callable[[Delivery], Reading]] = {
            "orders/create": self._read_order,
            "orders/paid": self._read_order,
            "orders/updated": self._read_order,
            "orders/cancelled": self._read_order,
            "orders/fulfilled": self._read_order,
            "orders/partially_fulfilled": self._read_order,
            "orders/delete": self._read_deleted_order,
            "refunds/create": self._read_refund,
            "customers/create": self._read_customer,
            "customers/update": self._read_customer,
            "customers/data_request": self._read_data_request,
            "customers/redact": self._read_redact,
            "shop/redact": self._read_shop_redact,
        }

    def verify(self, delivery: Delivery, secrets: Sequence[str]) -> None:
        digest = from_base64(_header(delivery, "hmac-sha256"))
        check_hmac(delivery.body, [digest], (secret.encode() for secret in secrets))

    def read(self, delivery: Delivery) -> Reading:
        topic = _header(delivery, "topic")
        if topic is None:
            raise Invalid("no header says which topic it is")
        domain = (_header(delivery, "shop-domain") or "").lower()
        if self._shop_domain and domain != self._shop_domain:
            return Reading(ignored="a delivery of another shop")
        if topic == "orders/edited":
            return Reading(ignored="an edit without amounts; orders/updated tells the order")
        reader = self._readers.get(topic)
        if reader is None:
            return Reading(ignored="a topic that is not read")
        return reader(delivery)

    def _read_order(self, delivery: Delivery) -> Reading:
        order, topic = _ORDER.read(delivery.body), _header(delivery, "topic") or ""
        return read_order(
            self._source, order, topic, delivery, self._email_alias, tests=self._tests
        )

    def _read_deleted_order(self, delivery: Delivery) -> Reading:
        order_id = _DELETED.read(delivery.body).key
        triggered = _header(delivery, "triggered-at")
        time = utc(triggered, "") if triggered else told(delivery.received_at)
        return Reading(acts=(cancellation(self._source, order_id, time),))

    def _read_refund(self, delivery: Delivery) -> Reading:
        refund = _REFUND.read(delivery.body)
        act = refund_act(self._source, refund, str(refund.order_id), delivery, tests=self._tests)
        if act is None:
            return Reading(ignored="a refund by which no money went back")
        return Reading(acts=(act,))

    def _read_customer(self, delivery: Delivery) -> Reading:
        return Reading(people=(person(self._source, _CUSTOMER.read(delivery.body)),))

    def _read_data_request(self, delivery: Delivery) -> Reading:
        body = _COMPLIANCE.read(delivery.body)
        if body.data_request is None:
            raise Invalid("missing", "/data_request")
        (alias, *_) = self._aliases(body)
        return Reading(data_request=DataRequest(str(body.data_request.id), alias))

    def _read_redact(self, delivery: Delivery) -> Reading:
        body = _COMPLIANCE.read(delivery.body)
        orders = (make_alias("order", self._source, str(one)) for one in body.orders_to_redact)
        return Reading(erase=(*self._aliases(body), *orders))

    def _read_shop_redact(self, delivery: Delivery) -> Reading:
        _SHOP_REDACT.read(delivery.body)
        begins = (make_alias(scheme, self._source, "") for scheme in ("shopify", "order"))
        return Reading(erase_all=tuple(begins))

    def _aliases(self, body: Compliance) -> list[str]:
        """Under what the person may be known; a guest has an e-mail address only."""
        person_id, email = body.customer.id, body.customer.email
        aliases = [] if person_id is None else [customer_alias(self._source, str(person_id))]
        if email:
            aliases.append(self._email_alias(email))
        if not aliases:
            raise Invalid("names nobody: neither id nor e-mail address", "/customer")
        return aliases


def _header(delivery: Delivery, name: str) -> str | None:
    """Deliveries of the newer "Events" have the same headers without `X-`."""
    headers = delivery.headers
    return headers.get(f"x-shopify-{name}") or headers.get(f"shopify-{name}")
