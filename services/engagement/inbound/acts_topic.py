"""requite.acts.v1: records become acts, acts become scores."""

from collections.abc import Callable, Sequence
from datetime import timedelta

import msgspec

from services.engagement.domain.act import Act, Money, act_key, order_key
from services.engagement.use_cases import ScoreActs
from shared.clock import Clock, epoch_ms
from shared.contracts import acts
from shared.contracts.cloudevents import (
    CloudEvent,
    kafka_binding,
)
from shared.contracts.engagement import ActRef
from shared.errors import Invalid
from shared.messaging.handler import DeadLetter
from shared.messaging.ports import Batch, Delivery
from shared.messaging.reading import read_each
from shared.money import to_units

# More than events has, whose clock may go before this one.
FUTURE_TOLERANCE = timedelta(minutes=5, seconds=30)

_PRICED = (acts.Purchase, acts.Refund)
_KINDS = {
    name: (acts.short_name(name), msgspec.json.Decoder(payload))
    for name, payload in acts.PAYLOADS.items()
}

ReadAct = Callable[[CloudEvent], Act | None]


class ActsTopic:
    """Scores each batch; refuses what is no act, or happens in the future.

    `read` makes an act of an event, None of one that is not to be scored; raises Invalid.
    """

    def __init__(self, score: ScoreActs, clock: Clock, read: "ReadAct | None" = None) -> None:
        self._score = score
        self._clock = clock
        self._read = read or read_act

    async def __call__(self, batch: Batch) -> Sequence[DeadLetter]:
        latest = epoch_ms(self._clock.now() + FUTURE_TOLERANCE)

        def read(delivery: Delivery) -> Act | None:
            act = self._read(kafka_binding.decode(delivery.headers, delivery.value))
            if act is not None and act.time > latest:
                raise Invalid("happens in the future", "/time")
            return act

        acts_read, refused = read_each(batch.deliveries, read)
        await self._score(batch.topic, batch.partition, batch.start, batch.next, acts_read)
        return refused


def read_act(event: CloudEvent) -> Act:
    """An event of requite.acts.v1. Raises Invalid, and what `read_each` refuses a payload for."""
    if event.type not in _KINDS:
        raise Invalid("an unknown type of act", "/type")
    kind, decoder = _KINDS[event.type]
    if event.data is None:
        raise Invalid("missing", "/data")
    if event.datacontenttype is None:
        event.data.decode()
    payload = decoder.decode(event.data)
    order_id, money = None, None
    if isinstance(payload, _PRICED):
        order_id = payload.order_id or None
        money = Money(to_units(payload.total, payload.currency), payload.currency)
    return write_act(event, kind, event.data, order_id, money)


def write_act(
    event: CloudEvent, kind: str, data: bytes, order_id: str | None, money: Money | None
) -> Act:
    """An act of `kind` with the event's identity. Raises Invalid without subject or time."""
    if event.subject is None:
        raise Invalid("missing: it says which customer", "/subject")
    instant = event.instant
    if instant is None or event.time is None:
        raise Invalid("missing: it says when it happened", "/time")
    if instant < acts.EARLIEST:
        raise Invalid("lies before 1970", "/time")
    acts.check_size(event)
    trace = event.extensions.get("traceparent")
    ref = ActRef(source=event.source, id=event.id, type=event.type, time=event.time)
    return Act(
        ref=ref,
        key=act_key(ref),
        customer=event.subject,
        kind=kind,
        time=epoch_ms(instant),
        data=data,
        order_key=None if order_id is None else order_key(event.subject, order_id),
        money=money,
        trace=trace if isinstance(trace, str) else None,
    )
