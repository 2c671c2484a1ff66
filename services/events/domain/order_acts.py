"""What acts say of an order that somebody was referred to."""

from contextlib import suppress
from datetime import datetime
from decimal import Decimal, InvalidOperation

from services.events.domain.event_key import event_key
from services.events.domain.referred_order import Telling
from services.events.domain.watched import WatchedAct

ORDER_ACTS = frozenset({"purchase", "refund", "cancellation", "withdrawal"})


def telling_of(act: WatchedAct) -> Telling | None:
    """None for what says nothing of an order that is known by its id."""
    key = event_key(act.event)
    if act.kind == "withdrawal":
        withdrawn = f"{act.text('source') or act.event.source} {act.text('id')}"
        return Telling(key, "withdrawal", act.time, withdrawn=withdrawn)
    order_id = act.text("order_id")
    if order_id is None:
        return None
    match act.kind:
        case "purchase":
            updated_at = _moment(act.text("updated_at"))
            total = _amount(act)
            return Telling(key, "purchase", act.time, order_id, total, updated_at=updated_at)
        case "refund":
            cumulative = act.data.get("cumulative") is True
            return Telling(key, "refund", act.time, order_id, _amount(act), cumulative)
        case "cancellation":
            updated_at = _moment(act.text("updated_at"))
            return Telling(key, "cancellation", act.time, order_id, updated_at=updated_at)
    return None


def _amount(act: WatchedAct) -> Decimal:
    with suppress(InvalidOperation, TypeError, ValueError):
        amount = Decimal(act.data.get("total", 0))
        if amount.is_finite():
            return amount
    return Decimal(0)


def _moment(text: str | None) -> datetime | None:
    with suppress(ValueError):
        moment = datetime.fromisoformat(text or "")
        return moment if moment.tzinfo is not None else None
    return None
