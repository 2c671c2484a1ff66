"""requite.engagement.v1: acts that were scored, moments, and who belongs to what."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import NamedTuple

import msgspec

from services.notifier.domain.customer import Standing
from services.notifier.domain.marks import Mark
from services.notifier.domain.occasion import Occasion
from services.notifier.inbound.act_payload import story_of
from shared.clock import epoch_ms
from shared.contracts import engagement
from shared.contracts.acts import short_name
from shared.contracts.cloudevents import CloudEvent, kafka_binding
from shared.contracts.cloudevents.timestamp import parse_timestamp
from shared.contracts.engagement import MOMENT, SCORED, STANDING, ActRef, Moment, Scored
from shared.contracts.feedback import ANSWERED
from shared.errors import Invalid
from shared.messaging.handler import DeadLetter
from shared.messaging.ports import Batch, Delivery
from shared.messaging.reading import read_each

_SCORED = msgspec.json.Decoder(Scored)
_MOMENT = msgspec.json.Decoder(Moment)
_STANDING = msgspec.json.Decoder(engagement.Standing)
_encode = msgspec.json.Encoder().encode

Decide = Callable[[Sequence[Occasion]], Awaitable[None]]
Stand = Callable[[Mapping[str, Standing]], Awaitable[None]]
KeepMarks = Callable[[Mapping[str, Sequence[Mark]]], Awaitable[None]]


class Heard(NamedTuple):
    """What one record says of `customer`."""

    customer: str
    occasion: Occasion | None = None
    marks: tuple[Mark, ...] = ()
    standing: Standing | None = None


class EngagementTopic:
    """Takes in each batch as a whole: first what is known of customers, so that what is decided
    then goes by it."""

    def __init__(self, decide: Decide, stand: Stand, mark: KeepMarks) -> None:
        self._decide = decide
        self._stand = stand
        self._mark = mark

    async def __call__(self, batch: Batch) -> Sequence[DeadLetter]:
        heard, refused = read_each(batch.deliveries, read)
        standings: dict[str, Standing] = {}
        marks: dict[str, list[Mark]] = {}
        for one in heard:
            if one.standing is not None:
                known = standings.setdefault(one.customer, one.standing)
                if one.standing.time >= known.time:
                    standings[one.customer] = one.standing
            if one.marks:
                marks.setdefault(one.customer, []).extend(one.marks)
        await self._stand(standings)
        await self._mark(marks)
        await self._decide([one.occasion for one in heard if one.occasion is not None])
        return refused


def read_occasion(delivery: Delivery) -> Occasion | None:
    """The occasion that a record tells of, if it tells of one. Raises as `read` does."""
    heard = read(delivery)
    return None if heard is None else heard.occasion


def read(delivery: Delivery) -> Heard | None:
    """What a record says; None for what this service does not know.

    Raises InvalidEvent, UnsupportedEventFormat, Invalid; msgspec.DecodeError for its payload.
    """
    event = kafka_binding.decode(delivery.headers, delivery.value)
    reader = _READERS.get(event.type)
    if reader is None:
        return None
    if event.subject is None:
        raise Invalid("missing: it says which customer", "/subject")
    return reader(event, event.subject)


def _scored(event: CloudEvent, customer: str) -> Heard:
    scored = _SCORED.decode(event.data or b"")
    act = scored.act
    kind = "answer" if act.type == ANSWERED else short_name(act.type)
    time = _instant(act.time, "/data/act/time")
    story = story_of(scored, kind, time)
    occasion = Occasion(
        ref=act,
        customer=customer,
        kind=kind,
        time=time,
        data=bytes(scored.data),
        trace=_trace(event),
        note=scored.note,
        order=story.order,
    )
    return Heard(customer, occasion, story.marks)


def _moment(event: CloudEvent, customer: str) -> Heard:
    moment = _MOMENT.decode(event.data or b"")
    data = {"kind": moment.kind, "name": moment.name, "number": moment.number}
    occasion = Occasion(
        ref=ActRef(source=event.source, id=event.id, type=MOMENT, time=moment.time),
        customer=customer,
        kind=f"{moment.kind}.{moment.name}".rstrip(".").lower(),
        time=_instant(moment.time, "/data/time"),
        data=_encode(data),
        trace=_trace(event),
    )
    return Heard(customer, occasion)


def _stands(event: CloudEvent, customer: str) -> Heard:
    told = _STANDING.decode(event.data or b"")
    standing = Standing(
        time=_instant(told.time, "/data/time"),
        level=told.level,
        segments=told.segments,
        circles=told.circles,
    )
    return Heard(customer, standing=standing)


_READERS: Mapping[str, Callable[[CloudEvent, str], Heard]] = {
    SCORED: _scored,
    MOMENT: _moment,
    STANDING: _stands,
}


def _trace(event: CloudEvent) -> str | None:
    trace = event.extensions.get("traceparent")
    return trace if isinstance(trace, str) else None


def _instant(text: str, pointer: str) -> int:
    try:
        return epoch_ms(parse_timestamp(text))
    except (ValueError, OverflowError):
        raise Invalid("not an RFC 3339 date-time", pointer) from None
