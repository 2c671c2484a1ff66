"""Payloads of requite.acts.v1: what customers did.

Field names follow the commerce event specification of Segment and RudderStack where it has one
(order_id, total, currency, products, product_id, review_id, review_body, rating).
"""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from shared.contracts.cloudevents import CloudEvent
from shared.errors import Invalid

PREFIX = "io.requite.act."

MAX_ACT_BYTES = 480_000
"""Others repeat an act in what they say about it, which must fit into a record too."""
EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
"""An act before it is an error, and may lie before the first day that can be written in UTC."""

Id = Annotated[str, Meta(min_length=1, max_length=200)]
Text = Annotated[str, Meta(max_length=4000)]
Currency = Annotated[str, Meta(pattern="^[A-Z]{3}$")]
Channel = Literal["web", "app", "shop", "phone", "community", "social"]


class Product(Struct, frozen=True, kw_only=True):
    """One line of an order; `price` is per unit, in the order's currency."""

    product_id: Id | UnsetType = UNSET
    sku: Id | UnsetType = UNSET
    name: Text | UnsetType = UNSET
    price: Decimal | UnsetType = UNSET
    quantity: Decimal | UnsetType = UNSET


class Act(Struct, frozen=True, kw_only=True):
    """What every act may say. Unknown members are kept and passed on."""

    channel: Channel | UnsetType = UNSET


class Purchase(Act, frozen=True, kw_only=True):
    """An order was paid. `total` is what the customer paid, exact, in `currency` (ISO 4217)."""

    order_id: Id
    total: Decimal
    currency: Currency
    products: list[Product] | UnsetType = UNSET


class Refund(Act, frozen=True, kw_only=True):
    """Money went back. With `order_id` it takes back what that order earned, else by its amount."""

    total: Decimal
    currency: Currency
    order_id: Id | UnsetType = UNSET
    reason: Text | UnsetType = UNSET


class Referral(Act, frozen=True, kw_only=True):
    """The customer brought somebody; `referred` is that person's customer id."""

    referred: Id


class Recommendation(Act, frozen=True, kw_only=True):
    """The customer recommended the brand in public."""

    url: Text | UnsetType = UNSET
    message: Text | UnsetType = UNSET


class Help(Act, frozen=True, kw_only=True):
    """The customer helped somebody: `helped` is their customer id, `words` what they said."""

    helped: Id | UnsetType = UNSET
    topic: Text | UnsetType = UNSET
    words: Text | UnsetType = UNSET


class Review(Act, frozen=True, kw_only=True):
    """The customer reviewed a product or the shop; `rating` from 1 to 5."""

    rating: Annotated[int, Meta(ge=1, le=5)]
    product_id: Id | UnsetType = UNSET
    review_id: Id | UnsetType = UNSET
    review_body: Text | UnsetType = UNSET


class Complaint(Act, frozen=True, kw_only=True):
    """Something went wrong for the customer; opens a case."""

    message: Text | UnsetType = UNSET
    order_id: Id | UnsetType = UNSET


PAYLOADS: dict[str, type[Act]] = {
    f"{PREFIX}{kind.__name__.lower()}.v1": kind
    for kind in (Purchase, Refund, Referral, Recommendation, Help, Review, Complaint)
}
PURCHASE = f"{PREFIX}purchase.v1"
REFUND = f"{PREFIX}refund.v1"
COMPLAINT = f"{PREFIX}complaint.v1"


def check_size(event: CloudEvent) -> None:
    """Raise Invalid for an act that is larger than MAX_ACT_BYTES, four to a character."""
    texts = len(event.id) + len(event.source) + len(event.time or "") + len(event.subject or "")
    texts += len(event.datacontenttype or "") + len(event.dataschema or "")
    if event.extensions:
        texts += sum(len(name) + len(str(value)) for name, value in event.extensions.items())
    if 4 * texts + len(event.data or b"") > MAX_ACT_BYTES:
        raise Invalid(f"an act has at most {MAX_ACT_BYTES} bytes")


def short_name(event_type: str) -> str:
    """`io.requite.act.help.v1` -> `help`; any other type as it stands."""
    if event_type.startswith(PREFIX):
        return event_type[len(PREFIX) :].rsplit(".", 1)[0]
    return event_type


def example(event_type: str) -> dict[str, Any]:
    """A valid payload for documentation and tests. Raises KeyError for an unknown type."""
    return dict(_EXAMPLES[short_name(event_type)])


_EXAMPLES: dict[str, dict[str, Any]] = {
    "purchase": {"order_id": "1001", "total": "42.50", "currency": "EUR", "channel": "web"},
    "refund": {"order_id": "1001", "total": "12.50", "currency": "EUR"},
    "referral": {"referred": "c-205"},
    "recommendation": {"url": "https://forum.example/t/42", "channel": "community"},
    "help": {"helped": "c-205", "topic": "first brew", "channel": "community"},
    "review": {"product_id": "mug-7", "rating": 4, "review_body": "Keeps the tea warm."},
    "complaint": {"order_id": "1001", "message": "Arrived broken.", "channel": "phone"},
}
