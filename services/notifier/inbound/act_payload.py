"""What the notifier needs of an act's own payload: its order, and what went on with it."""

from typing import Any, NamedTuple

import msgspec
from msgspec import Struct

from services.notifier.domain.marks import Mark
from services.notifier.domain.occasion import decision_id
from shared.clock import epoch_ms
from shared.contracts.cloudevents.timestamp import parse_timestamp
from shared.contracts.engagement import ORDER_REVISED, SUPERSEDED, Scored

_NAMES_ORDER = b'"order_id"'


class Story(NamedTuple):
    """The order that an act tells of, and what others must know of it."""

    order: str | None = None
    marks: tuple[Mark, ...] = ()


class _Payload(Struct, frozen=True, gc=False):
    """Members whose types are up to the programme; what is not as expected says nothing."""

    order_id: Any = None
    promised_at: Any = None
    delivered_at: Any = None
    updated_at: Any = None
    id: Any = None
    source: Any = None


_PAYLOAD = msgspec.json.Decoder(_Payload)
_NOTHING = Story()


def story_of(scored: Scored, kind: str, time: int) -> Story:
    """Of an act of `kind` at `time` (ms). Raises msgspec.DecodeError for what is no object."""
    data = bytes(scored.data)
    if kind == "withdrawal":
        payload = _PAYLOAD.decode(data)
        if not isinstance(payload.id, str):
            return _NOTHING
        source = payload.source if isinstance(payload.source, str) else scored.act.source
        return Story(
            marks=(Mark(kind="withdrawn", key=decision_id(source, payload.id), opened=time),)
        )
    if _NAMES_ORDER not in data:
        return _NOTHING
    payload = _PAYLOAD.decode(data)
    order = payload.order_id
    if not isinstance(order, str):
        return _NOTHING
    return Story(order, _marks(scored, kind, time, order, payload))


def _marks(scored: Scored, kind: str, time: int, order: str, told: _Payload) -> tuple[Mark, ...]:
    match kind:
        case "purchase":
            return _promised(order, told) + _revived(scored, time, order, told)
        case "delivery":
            arrived = _instant(told.delivered_at) or time
            return (Mark(kind="promise", key=order, closed=arrived),)
        case "cancellation" if scored.note != SUPERSEDED:
            at = _instant(told.updated_at) or time
            return (
                Mark(kind="order_void", key=order, opened=at),
                Mark(kind="promise", key=order, closed=at),
            )
        case "return":
            return (Mark(kind="refund", key=order, opened=time),)
        case "refund":
            return (Mark(kind="refund", key=order, closed=time),)
    return ()


def _promised(order: str, told: _Payload) -> tuple[Mark, ...]:
    due = _instant(told.promised_at)
    return () if due is None else (Mark(kind="promise", key=order, opened=due),)


def _revived(scored: Scored, time: int, order: str, told: _Payload) -> tuple[Mark, ...]:
    """A first telling is older than any cancellation, and most purchases are told once."""
    state = _instant(told.updated_at) or time
    if state <= time and scored.note != ORDER_REVISED:
        return ()
    return (Mark(kind="order_void", key=order, closed=state),)


def _instant(text: Any) -> int | None:
    if not isinstance(text, str):
        return None
    try:
        return epoch_ms(parse_timestamp(text))
    except (ValueError, OverflowError):
        return None
