"""Refunds: what went back is the sum of the successful transactions, whatever the goods."""

from services.events.connectors.act import make_act, told, utc
from services.events.connectors.order import order_alias
from services.events.connectors.shopify.wire import Refund, Transaction
from shared.contracts.cloudevents import CloudEvent
from shared.errors import Invalid
from shared.money import from_units, to_units
from shared.webhooks.delivery import Delivery


def refund_act(
    source: str, refund: Refund, order_id: str, delivery: Delivery, *, tests: bool
) -> CloudEvent | None:
    """The refund, by whoever placed the order; None where no money went back.

    A refund without a transaction strikes goods off an order: the order's own new total says
    what that is worth, so counting its lines too would take it away twice.
    """
    paid_back = [one for one in refund.transactions if _went_back(one, tests=tests)]
    if not paid_back:
        return None
    currency = paid_back[0].currency
    if any(one.currency != currency for one in paid_back):
        raise Invalid("transactions in two currencies", "/transactions")
    happened = refund.processed_at or refund.created_at
    time = utc(happened, "/processed_at") if happened else told(delivery.received_at)
    return make_act(
        source,
        "refund",
        f"refund-{refund.key}",
        order_alias(source, order_id),
        time,
        {
            "order_id": order_id,
            "refund_id": refund.key,
            "total": from_units(sum(map(_units, paid_back)), currency),
            "currency": currency,
            "reason": refund.note or None,
            "channel": "web",
        },
    )


def refunded_units(refunds: list[Refund], currency: str, *, tests: bool) -> int | None:
    """What `refunds` paid back, in ten-thousandths of `currency`; None if some was in another."""
    paid_back = [
        one for refund in refunds for one in refund.transactions if _went_back(one, tests=tests)
    ]
    if any(one.currency != currency for one in paid_back):
        return None
    return sum(map(_units, paid_back))


def _went_back(transaction: Transaction, *, tests: bool) -> bool:
    return (
        transaction.kind == "refund"
        and transaction.status == "success"
        and (tests or not transaction.test)
    )


def _units(transaction: Transaction) -> int:
    return to_units(transaction.amount, transaction.currency, "/transactions")
