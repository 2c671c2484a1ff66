"""requite.acts.v1: records become acts, acts become scores."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

from msgspec import UNSET

from services.engagement.domain.act import Act, Money, act_key
from services.engagement.use_cases.scoring import ScoreActs
from shared.clock import Clock, epoch_ms
from shared.contracts import acts
from shared.contracts.catalogue import Catalogue
from shared.contracts.cloudevents import CloudEvent, kafka_binding
from shared.contracts.engagement import ActRef
from shared.errors import Invalid
from shared.messaging.handler import DeadLetter
from shared.messaging.ports import Batch, Delivery
from shared.messaging.reading import read_each
from shared.money import to_units

# More than events has, whose clock may go before this one.
FUTURE_TOLERANCE = timedelta(minutes=5, seconds=30)

ReadAct = Callable[[CloudEvent], Act | None]


class ActsTopic:
    """Scores each batch; refuses what is no act, lies in the future or under another's key.

    `read` makes an act of an event, None of one that is not to be scored; raises Invalid.
    """

    def __init__(self, score: ScoreActs, clock: Clock, read: ReadAct) -> None:
        self._score = score
        self._clock = clock
        self._read = read

    async def __call__(self, batch: Batch) -> Sequence[DeadLetter]:
        latest = epoch_ms(self._clock.now() + FUTURE_TOLERANCE)

        def read(delivery: Delivery) -> Act | None:
            act = self._read(kafka_binding.decode(delivery.headers, delivery.value))
            if act is not None:
                _check(act, delivery.key, latest)
            return act

        acts_read, refused = read_each(batch.deliveries, read)
        await self._score(batch.topic, batch.partition, batch.start, batch.next, acts_read)
        return refused


def _check(act: Act, key: bytes, latest: int) -> None:
    if act.time > latest:
        raise Invalid("happens in the future", "/time")
    if act.revision is not None and act.revision > latest:
        raise Invalid("lies in the future", "/data/updated_at")
    if act.origin.encode() != key:
        # In another partition, its customer's acts would be scored by two at a time.
        raise Invalid("not the record's key, which is the customer's id", "/subject")


class ReadActs:
    """Reads events of requite.acts.v1, which not only services write, by the catalogue."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def __call__(self, event: CloudEvent) -> Act:
        """Raises Invalid."""
        payload = self._catalogue.check(event)
        acts.check_ids(event)
        return write_act(event, acts.short_name(event.type), event.data or b"", payload)


def write_act(event: CloudEvent, kind: str, data: bytes, payload: Any = None) -> Act:
    """An act of `kind` with the event's identity, and with what `payload` says of an order, an
    amount or another act. Raises Invalid without subject or time."""
    if event.subject is None:
        raise Invalid("missing: it says which customer", "/subject")
    instant = event.instant
    if instant is None or event.time is None:
        raise Invalid("missing: it says when it happened", "/time")
    if instant < acts.EARLIEST:
        raise Invalid("lies before 1970", "/time")
    acts.check_size(event)
    trace = event.extensions.get("traceparent")
    return Act(
        ref=ActRef(source=event.source, id=event.id, type=event.type, time=event.time),
        key=act_key(event.source, event.id),
        origin=event.subject,
        kind=kind,
        time=epoch_ms(instant),
        data=data,
        order_id=_said(payload, "order_id"),
        money=_money(payload),
        revision=_revision(payload),
        cumulative=bool(_said(payload, "cumulative")),
        withdraws=_withdraws(event, payload),
        trace=trace if isinstance(trace, str) else None,
    )


def _said(payload: Any, member: str) -> Any:
    """None where it says nothing, or is of a type that has no such member."""
    value = getattr(payload, member, UNSET)
    return None if value is UNSET else value


def _money(payload: Any) -> Money | None:
    total = _said(payload, "total")
    return None if total is None else Money(to_units(total, payload.currency), payload.currency)


def _revision(payload: Any) -> int | None:
    updated_at = _said(payload, "updated_at")
    return None if updated_at is None else epoch_ms(updated_at)


def _withdraws(event: CloudEvent, payload: Any) -> str | None:
    if event.type != acts.WITHDRAWAL:
        return None
    return act_key(_said(payload, "source") or event.source, payload.id)
