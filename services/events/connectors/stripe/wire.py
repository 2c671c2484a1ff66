"""What Stripe sends, as far as it is read (events, and the objects in them)."""

from msgspec import Struct


class CustomerDetails(Struct, kw_only=True):
    email: str | None = None
    name: str | None = None
    phone: str | None = None


class Session(Struct, kw_only=True):
    """A Checkout session that was completed."""

    id: str
    payment_status: str
    currency: str | None
    amount_total: int | None
    payment_intent: str | None = None
    invoice: str | None = None
    customer: str | None = None
    customer_details: CustomerDetails | None = None
    customer_email: str | None = None
    locale: str | None = None
    metadata: dict[str, str] | None = None


class Refund(Struct, kw_only=True):
    id: str
    amount: int
    currency: str
    created: int
    status: str | None = None
    payment_intent: str | None = None
    reason: str | None = None


class RefundList(Struct, kw_only=True):
    data: list[Refund] = []
    has_more: bool = False


class Charge(Struct, kw_only=True):
    id: str
    amount_refunded: int
    currency: str
    payment_intent: str | None = None
    refunds: RefundList | None = None


class Envelope(Struct, kw_only=True):
    """What every event has. `livemode` false is a test."""

    id: str
    type: str
    created: int
    livemode: bool


class SessionData(Struct, kw_only=True):
    object: Session


class SessionEvent(Envelope, kw_only=True):
    data: SessionData


class RefundData(Struct, kw_only=True):
    object: Refund


class RefundEvent(Envelope, kw_only=True):
    data: RefundData


class ChargeData(Struct, kw_only=True):
    object: Charge


class ChargeEvent(Envelope, kw_only=True):
    data: ChargeData
