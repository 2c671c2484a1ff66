"""requite.acts.v1: what customers did."""

from collections.abc import Sequence

from shared.contracts.cloudevents import CloudEvent, kafka_binding
from shared.contracts.topics import ACTS
from shared.messaging.ports import Publisher, Record


class ActsTopic:
    """Every act under its customer's key, so that one customer's acts stay in order."""

    def __init__(self, publisher: Publisher) -> None:
        self._publisher = publisher

    async def publish(self, events: Sequence[CloudEvent]) -> None:
        await self._publisher.publish(ACTS.name, [_record(event) for event in events])


def _record(event: CloudEvent) -> Record:
    headers, value = kafka_binding.encode(event)
    return Record((event.subject or "").encode(), value, headers)
