"""requite.messages.v1: a thank-you that carries a survey is an invitation."""

from collections.abc import Sequence

import msgspec

from services.feedback.domain.invitation import Invitation
from services.feedback.ports import Responses
from shared.clock import epoch_ms
from shared.contracts.cloudevents import kafka_binding
from shared.contracts.messages import DECIDED, Decided
from shared.errors import Invalid
from shared.messaging.handler import DeadLetter
from shared.messaging.ports import Batch, Delivery
from shared.messaging.reading import read_each

_DECIDED = msgspec.json.Decoder(Decided)


class MessagesTopic:
    """Keeps who was asked what, so that a response rate can be told."""

    def __init__(self, store: Responses) -> None:
        self._store = store

    async def __call__(self, batch: Batch) -> Sequence[DeadLetter]:
        invitations, refused = read_each(batch.deliveries, read_invitation)
        await self._store.invite(invitations)
        return refused


def read_invitation(delivery: Delivery) -> Invitation | None:
    """The invitation that a decision is; None for everything else on the topic.

    Raises InvalidEvent, UnsupportedEventFormat, Invalid; msgspec.DecodeError for its payload.
    """
    event = kafka_binding.decode(delivery.headers, delivery.value)
    if event.type != DECIDED:
        return None
    decided = _DECIDED.decode(event.data or b"")
    if decided.verdict != "thanked" or decided.survey is None or decided.message_id is None:
        return None
    instant = event.instant
    if event.subject is None or instant is None:
        raise Invalid("subject and time are needed")
    return Invitation(
        event.subject, decided.survey, epoch_ms(instant), decided.message_id, decided.act
    )
