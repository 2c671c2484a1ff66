"""What an order comes to: a purchase or a refund, and the event that says so."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

import msgspec
from msgspec import UNSET

from services.events.mapping.fields import rfc3339
from services.events.mapping.payloads import Product, Purchase, Refund
from shared.contracts.acts import PURCHASE, REFUND
from shared.contracts.cloudevents import CloudEvent

_ENCODER = msgspec.json.Encoder(decimal_format="string")


@dataclass(frozen=True, slots=True)
class OrderAct:
    """A purchase or refund as it will be told. `total` is never negative; `time` is in UTC.

    `order_id` of a refund is that of the order that it takes back, empty if not known.
    """

    type: str
    id: str
    customer: str
    time: datetime
    total: Decimal
    currency: str
    order_id: str = ""
    products: tuple[Product, ...] = ()

    @property
    def position(self) -> tuple[str, str]:
        """Sorts acts by time, then by id."""
        return rfc3339(self.time), self.id

    def event(self, source: str) -> CloudEvent:
        """The CloudEvent of the act; the same act gives the same event every time."""
        return CloudEvent(
            id=self.id,
            source=source,
            type=self.type,
            subject=self.customer,
            time=rfc3339(self.time),
            datacontenttype="application/json",
            data=_ENCODER.encode(self._payload()),
        )

    def _payload(self) -> Purchase | Refund:
        if self.type == PURCHASE:
            return Purchase(
                order_id=self.order_id,
                total=self.total,
                currency=self.currency,
                products=list(self.products) or UNSET,
            )
        return Refund(total=self.total, currency=self.currency, order_id=self.order_id or UNSET)


def purchase(
    order_id: str,
    customer: str,
    time: datetime,
    money: tuple[Decimal, str],
    products: tuple[Product, ...] = (),
) -> OrderAct:
    """The order was paid; its event id is `order-<order id>`."""
    total, currency = money
    return OrderAct(
        PURCHASE, f"order-{order_id}", customer, time, total, currency, order_id, products
    )


def refund(
    order_id: str, customer: str, time: datetime, money: tuple[Decimal, str], takes_back: str = ""
) -> OrderAct:
    """Money went back by order `order_id`; its event id is `refund-<order id>`.

    `takes_back` is the order that had brought the money, the same one or an earlier one.
    """
    total, currency = money
    return OrderAct(REFUND, f"refund-{order_id}", customer, time, total, currency, takes_back)
