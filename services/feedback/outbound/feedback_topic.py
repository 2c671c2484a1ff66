"""requite.feedback.v1: an answer arrived; a case opened or closed."""

from collections.abc import Sequence

from services.feedback.domain.announcement import Announcement
from shared.clock import from_epoch_ms
from shared.contracts.cloudevents import CloudEvent, kafka_binding
from shared.contracts.topics import FEEDBACK
from shared.messaging.ports import Publisher, Record

SOURCE = "/requite/feedback"


class FeedbackTopic:
    """Announces in the order given, which is the order for each customer."""

    def __init__(self, publisher: Publisher) -> None:
        self._publisher = publisher

    async def announce(self, announcements: Sequence[Announcement]) -> None:
        await self._publisher.publish(FEEDBACK.name, [_record(one) for one in announcements])


def _record(announcement: Announcement) -> Record:
    headers, value = kafka_binding.encode(
        CloudEvent(
            id=announcement.id,
            source=SOURCE,
            type=announcement.type,
            subject=announcement.customer,
            time=from_epoch_ms(announcement.time).isoformat(timespec="milliseconds"),
            datacontenttype="application/json",
            data=announcement.data,
        )
    )
    return Record(announcement.customer.encode(), value, headers)
