"""An act as scoring sees it."""

from msgspec import Struct

from shared.contracts.engagement import ActRef


class Money(Struct, frozen=True, gc=False):
    """Whole ten-thousandths of a currency's unit."""

    units: int
    currency: str


class Act(Struct, frozen=True, gc=False, kw_only=True):
    """`kind` is the short name (purchase, help, …), `time` ms since the epoch.

    `key` is its identity in the ledger and `order_key` that of its order, both from `act_key`.
    """

    ref: ActRef
    key: str
    customer: str
    kind: str
    time: int
    data: bytes
    order_key: str | None = None
    money: Money | None = None
    trace: str | None = None


def act_key(ref: ActRef) -> str:
    """An act is known by (source, id); a URI reference holds no space."""
    return f"{ref.source} {ref.id}"


def order_key(customer: str, order_id: str) -> str:
    """An order is known by its customer and its id; a customer's id holds no line break."""
    return f"{customer}\n{order_id}"
