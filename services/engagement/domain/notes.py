"""Why a telling of an order earned something other than its rule says."""

from services.engagement.domain import ledger
from services.engagement.domain.act import Telling
from services.engagement.domain.order import Order, Worth


def note_on_order(
    telling: Telling,
    order: Order,
    counted: Telling | None,
    was_void: bool,
    before: Worth,
    after: Worth,
) -> str | None:
    """`order` as it stands with the telling; `counted` is the purchase that counted before."""
    if telling.key in order.reversals:
        if telling.money is None and counted is not None and not order.is_void:
            return ledger.SUPERSEDED
        return _on_reversal(telling, was_void, before, after)
    if order.is_void:
        return ledger.ORDER_VOID
    if counted is not None:
        return ledger.ORDER_REVISED if was_void else _on_another_purchase(telling, order, counted)
    return ledger.REFUNDED_BEFORE if before.money else None


def _on_another_purchase(telling: Telling, order: Order, counted: Telling) -> str:
    if counted.money == telling.money:
        return ledger.ORDER_REPEATED
    return ledger.ORDER_REVISED if order.counting is telling else ledger.SUPERSEDED


def _on_reversal(telling: Telling, was_void: bool, before: Worth, after: Worth) -> str | None:
    if not after.bought:
        return ledger.REFUND_WAITS
    if was_void:
        return ledger.ORDER_VOID
    if telling.money is None:
        return None
    if after.left < 0:
        return ledger.REFUND_BEYOND_ORDER
    if telling.money.units and after.money == before.money:
        return ledger.REFUND_TOLD_BEFORE
    return None
