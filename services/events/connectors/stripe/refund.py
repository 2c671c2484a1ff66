"""What went back: one refund at a time, or all of a charge so far."""

from collections.abc import Sequence

from services.events.connectors.act import make_act, utc_of_unix
from services.events.connectors.order import order_alias, withdrawal
from services.events.connectors.port import Reading
from services.events.connectors.stripe.amounts import amount_of
from services.events.connectors.stripe.wire import Charge, ChargeEvent, Refund, RefundEvent
from shared.contracts.cloudevents import CloudEvent

_GOES_BACK = frozenset(("succeeded", "pending"))
_FAILED = frozenset(("failed", "canceled"))
_NOT_OURS = "a payment that was not made through Checkout"


def read_refund(source: str, event: RefundEvent) -> Reading:
    """A refund counts from its creation; one that fails later is taken back."""
    refund = event.data.object
    if refund.payment_intent is None:
        return Reading(ignored=_NOT_OURS)
    if refund.status in _FAILED:
        act_id, alias = f"refund-{refund.id}", order_alias(source, refund.payment_intent)
        time = utc_of_unix(event.created, "/created")
        return Reading(acts=(withdrawal(source, act_id, alias, time, refund.status or ""),))
    if refund.status not in _GOES_BACK:
        return Reading(ignored="a refund that waits for the customer")
    return Reading(acts=(_refund(source, refund, refund.payment_intent),))


def read_charge(source: str, event: ChargeEvent) -> Reading:
    """`charge.refunded`: each refund where all are listed (API versions up to 2022-08-01), else
    the sum."""
    charge = event.data.object
    if charge.payment_intent is None:
        return Reading(ignored=_NOT_OURS)
    listed = _listed(charge)
    if sum(one.amount for one in listed) == charge.amount_refunded:
        return Reading(acts=tuple(_refund(source, one, charge.payment_intent) for one in listed))
    pointer = "/data/object/amount_refunded"
    currency, total = amount_of(charge.amount_refunded, charge.currency, pointer)
    act = make_act(
        source,
        "refund",
        f"refund-{charge.id}-{charge.amount_refunded}",
        order_alias(source, charge.payment_intent),
        utc_of_unix(event.created, "/created"),
        {
            "order_id": charge.payment_intent,
            "total": total,
            "currency": currency,
            "cumulative": True,
            "channel": "web",
        },
    )
    return Reading(acts=(act,))


def _listed(charge: Charge) -> Sequence[Refund]:
    found = [] if charge.refunds is None else charge.refunds.data
    return [one for one in found if one.status in _GOES_BACK]


def _refund(source: str, refund: Refund, order_id: str) -> CloudEvent:
    currency, total = amount_of(refund.amount, refund.currency, "/data/object/amount")
    return make_act(
        source,
        "refund",
        f"refund-{refund.id}",
        order_alias(source, order_id),
        utc_of_unix(refund.created, "/data/object/created"),
        {
            "order_id": order_id,
            "refund_id": refund.id,
            "total": total,
            "currency": currency,
            "reason": refund.reason or None,
            "channel": "web",
        },
    )
