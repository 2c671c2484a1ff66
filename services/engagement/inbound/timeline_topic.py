"""What others tell of customers becomes items of their timelines."""

from collections.abc import Callable, Sequence
from datetime import datetime

from services.engagement.domain.act import act_key
from services.engagement.domain.timeline import Body, Item
from services.engagement.ports.timeline import TimelineStore
from shared.clock import Clock, epoch_ms
from shared.contracts.acts_reader import bounds_at
from shared.contracts.cloudevents import CloudEvent, kafka_binding
from shared.messaging.handler import DeadLetter
from shared.messaging.ports import Batch, Delivery
from shared.messaging.reading import read_each

ReadBody = Callable[[CloudEvent], Body | None]
"""What the event of a record says, None where nothing is to be shown of it. Raises Invalid, and
msgspec.DecodeError."""


class TimelineTopic:
    """Keeps what `read` makes of the events of a topic; what is read again changes nothing."""

    def __init__(
        self, timeline: TimelineStore, clock: Clock, read: ReadBody, opened: datetime | None = None
    ) -> None:
        self._timeline = timeline
        self._clock = clock
        self._read = read
        self._opened = opened

    async def __call__(self, batch: Batch) -> Sequence[DeadLetter]:
        bounds = bounds_at(self._clock.now(), self._opened)

        def read(delivery: Delivery) -> Item | None:
            event = kafka_binding.decode(delivery.headers, delivery.value)
            body = self._read(event)
            if body is None:
                return None
            return Item(
                key=act_key(event.source, event.id),
                customer=delivery.key.decode(),
                time=epoch_ms(bounds.moment_of(event, delivery.key)),
                body=body,
            )

        items, refused = read_each(batch.deliveries, read)
        await self._timeline.add(items)
        return refused
