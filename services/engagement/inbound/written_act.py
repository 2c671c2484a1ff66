"""An event that was read becomes an act as scoring sees it."""

from typing import Any

from msgspec import Struct

from services.engagement.domain.act import Act, Money, act_key
from services.engagement.inbound.earnings import margin_of
from services.engagement.inbound.experience import kept_promise_of, rating_of
from services.engagement.inbound.payload_members import members_of, said
from shared.clock import epoch_ms
from shared.contracts import acts
from shared.contracts.acts_reader import ToldAct
from shared.contracts.cloudevents import CloudEvent
from shared.contracts.engagement import ActRef
from shared.errors import Invalid
from shared.money import to_units


def write_act(told: ToldAct, kind: str, data: bytes) -> Act:
    """An act of `kind` with the event's identity, and with what its payload says of an order, an
    amount, another act, or how things went. Raises Invalid."""
    event, payload = told.event, told.payload
    if event.subject is None or event.time is None:
        raise Invalid("subject and time are needed")
    trace = event.extensions.get("traceparent")
    payload_type: type[Struct] = type(payload)
    may_say = members_of(payload_type)
    # What a purchase promises is yet to be kept.
    arrives = "promised_at" in may_say and event.type != acts.PURCHASE
    has_amount = "total" in may_say
    return Act(
        ref=ActRef(source=event.source, id=event.id, type=event.type, time=event.time),
        key=act_key(event.source, event.id),
        origin=event.subject,
        kind=kind,
        time=epoch_ms(told.instant),
        data=data,
        order_id=said(payload, "order_id") if "order_id" in may_say else None,
        money=_money(payload) if has_amount else None,
        revision=_revision(payload) if "updated_at" in may_say else None,
        cumulative="cumulative" in may_say and bool(said(payload, "cumulative")),
        withdraws=_withdraws(event, payload) if event.type == acts.WITHDRAWAL else None,
        channel=said(payload, "channel"),
        margin=margin_of(payload) if has_amount else None,
        rating=rating_of(kind, payload) if "rating" in may_say else None,
        kept_promise=kept_promise_of(payload, told.instant) if arrives else None,
        trace=trace if isinstance(trace, str) else None,
    )


def _money(payload: Any) -> Money | None:
    total = said(payload, "total")
    return None if total is None else Money(to_units(total, payload.currency), payload.currency)


def _revision(payload: Any) -> int | None:
    updated_at = said(payload, "updated_at")
    return None if updated_at is None else epoch_ms(updated_at)


def _withdraws(event: CloudEvent, payload: Any) -> str:
    return act_key(said(payload, "source") or event.source, payload.id)
