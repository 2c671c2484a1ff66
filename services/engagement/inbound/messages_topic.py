"""requite.messages.v1: what was decided, and what became of messages."""

import msgspec

from services.engagement.domain.timeline import Body, Decision, Delivery
from shared.contracts.cloudevents import CloudEvent
from shared.contracts.messages import DECIDED, DELIVERED, Decided, Delivered

_DECIDED = msgspec.json.Decoder(Decided)
_DELIVERED = msgspec.json.Decoder(Delivered)


def read_message(event: CloudEvent) -> Body | None:
    """Nothing of what the programme has no rule for, which is most and says nothing of the
    customer, nor of what they want to receive. Raises msgspec.DecodeError."""
    if event.type == DELIVERED:
        delivered = _DELIVERED.decode(event.data or b"")
        return Delivery(
            message_id=delivered.message_id,
            channel=delivered.channel,
            outcome=delivered.outcome,
        )
    if event.type != DECIDED:
        return None
    decided = _DECIDED.decode(event.data or b"")
    if decided.rule is None:
        return None
    return Decision(
        about=decided.act,
        verdict=decided.verdict,
        reason=decided.reason,
        rule=decided.rule,
        message_id=decided.message_id,
        survey=decided.survey,
    )
