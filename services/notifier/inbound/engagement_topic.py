"""requite.engagement.v1: an act was scored, so it is decided whether to thank for it."""

from collections.abc import Sequence

import msgspec

from services.notifier.domain.act import Act
from services.notifier.use_cases.deciding import DecideActs
from shared.clock import epoch_ms
from shared.contracts.acts import short_name
from shared.contracts.cloudevents import kafka_binding
from shared.contracts.cloudevents.timestamp import parse_timestamp
from shared.contracts.engagement import SCORED, Scored
from shared.contracts.feedback import ANSWERED
from shared.errors import Invalid
from shared.messaging.handler import DeadLetter
from shared.messaging.ports import Batch, Delivery
from shared.messaging.reading import read_each

_SCORED = msgspec.json.Decoder(Scored)


class EngagementTopic:
    """Decides each batch as a whole."""

    def __init__(self, decide: DecideActs) -> None:
        self._decide = decide

    async def __call__(self, batch: Batch) -> Sequence[DeadLetter]:
        acts, refused = read_each(batch.deliveries, read_act)
        await self._decide(acts)
        return refused


def read_act(delivery: Delivery) -> Act | None:
    """The act that was scored; None for everything else on the topic.

    Raises InvalidEvent, UnsupportedEventFormat, Invalid; msgspec.DecodeError for its payload.
    """
    event = kafka_binding.decode(delivery.headers, delivery.value)
    if event.type != SCORED:
        return None
    if event.subject is None:
        raise Invalid("missing: it says which customer", "/subject")
    scored = _SCORED.decode(event.data or b"")
    try:
        time = epoch_ms(parse_timestamp(scored.act.time))
    except (ValueError, OverflowError):
        raise Invalid("not an RFC 3339 date-time", "/data/act/time") from None
    trace = event.extensions.get("traceparent")
    return Act(
        ref=scored.act,
        customer=event.subject,
        kind="answer" if scored.act.type == ANSWERED else short_name(scored.act.type),
        time=time,
        data=bytes(scored.data),
        trace=trace if isinstance(trace, str) else None,
        note=scored.note,
    )
