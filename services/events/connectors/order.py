"""What shops say of an order, in the words of acts.

What follows an order is said of whoever placed it (`order:<source>:<order id>`), so that the same
fact is the same act whichever delivery tells it.
"""

from decimal import Decimal
from typing import Any

from services.events.connectors.act import make_act
from services.events.domain.identity import make_alias
from shared.contracts.cloudevents import CloudEvent


def order_alias(source: str, order_id: str) -> str:
    """Whoever placed the order."""
    return make_alias("order", source, order_id)


def cancellation(
    source: str,
    order_id: str,
    time: str,
    reason: str | None = None,
    *,
    updated_at: str | None = None,
) -> CloudEvent:
    """The whole order is void; with `updated_at`, until it is told in a later state."""
    said = {"order_id": order_id, "reason": reason or None, "channel": "web"}
    act_id = f"cancellation-{order_id}" + (f"-{updated_at}" if updated_at else "")
    data = said | {"updated_at": updated_at}
    return make_act(source, "cancellation", act_id, order_alias(source, order_id), time, data)


def withdrawal(source: str, act_id: str, subject: str, time: str, reason: str) -> CloudEvent:
    """Takes back the act of this source with the id `act_id`."""
    data = {"id": act_id, "reason": reason}
    return make_act(source, "withdrawal", f"withdrawal-{act_id}", subject, time, data)


def product(
    product_id: int | None,
    sku: str | None,
    name: str | None,
    price: Decimal | None,
    quantity: Decimal | None,
) -> dict[str, Any]:
    """A line of an order; `price` is per unit."""
    members = {
        "product_id": str(product_id) if product_id else None,
        "sku": sku or None,
        "name": name,
        "price": price,
        "quantity": quantity,
    }
    return {name: value for name, value in members.items() if value is not None}
