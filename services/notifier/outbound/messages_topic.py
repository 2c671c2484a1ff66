"""requite.messages.v1: what was decided, and what became of messages."""

import hashlib
from collections.abc import Sequence

import msgspec

from services.notifier.domain.decision import Decision
from services.notifier.domain.message import Message
from shared.clock import epoch_ms, from_epoch_ms
from shared.contracts.cloudevents import CloudEvent, kafka_binding
from shared.contracts.cloudevents.timestamp import parse_timestamp
from shared.contracts.messages import (
    DECIDED,
    DELIVERED,
    PREFERRED,
    Decided,
    Delivered,
    Preferred,
)
from shared.contracts.topics import MESSAGES
from shared.messaging.ports import Publisher, Record

SOURCE = "/requite/notifier"


class MessagesTopic:
    """Announces with ids that follow from what is said, so that a repeat is known as one."""

    def __init__(self, publisher: Publisher) -> None:
        self._publisher = publisher

    async def decided(self, decisions: Sequence[Decision]) -> None:
        if decisions:
            await self._publisher.publish(MESSAGES.name, [_decided(one) for one in decisions])

    async def delivered(self, messages: Sequence[Message]) -> None:
        records = [_delivered(message) for message in messages]
        if records:
            await self._publisher.publish(MESSAGES.name, records)

    async def preferred(self, customer: str, told: Preferred) -> None:
        await self._publisher.publish(MESSAGES.name, [_preferred(customer, told)])


def _preferred(customer: str, told: Preferred) -> Record:
    said = f"{customer} {msgspec.json.encode(told).decode()}"
    time = epoch_ms(parse_timestamp(told.time))
    return _record(PREFERRED, said, customer, time, None, told)


def _decided(decision: Decision) -> Record:
    occasion = decision.occasion
    data = Decided(
        act=occasion.ref,
        verdict=decision.verdict,
        reason=decision.reason,
        rule=decision.rule,
        message_id=decision.message_id,
        survey=decision.survey,
        purpose=decision.purpose,
    )
    # Held again for the same reason, or by another channel, it is news.
    conclusion = f"{decision.verdict} {decision.reason} {decision.message_id}"
    said = f"{decision.id} {conclusion} {decision.decided_at}"
    return _record(DECIDED, said, occasion.customer, decision.decided_at, occasion.trace, data)


def _delivered(message: Message) -> Record:
    if message.status not in ("sent", "failed", "unknown") or message.finished_at is None:
        raise ValueError(f"message {message.id} has no outcome yet")
    data = Delivered(message_id=message.id, channel=message.channel, outcome=message.status)
    said = f"{message.id} {message.status}"
    return _record(DELIVERED, said, message.customer, message.finished_at, message.trace, data)


def _record(
    kind: str,
    said: str,
    customer: str,
    time: int,
    trace: str | None,
    data: Decided | Delivered | Preferred,
) -> Record:
    headers, value = kafka_binding.encode(
        CloudEvent(
            id=hashlib.sha256(said.encode()).hexdigest()[:32],
            source=SOURCE,
            type=kind,
            subject=customer,
            time=from_epoch_ms(time).isoformat(timespec="milliseconds"),
            datacontenttype="application/json",
            extensions={} if trace is None else {"traceparent": trace},
            data=msgspec.json.encode(data),
        )
    )
    return Record(customer.encode(), value, headers)
