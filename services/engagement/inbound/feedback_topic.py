"""requite.feedback.v1: an answer is an act too, whatever the rating."""

from services.engagement.domain.act import Act
from services.engagement.inbound.acts_topic import write_act
from shared.contracts.cloudevents import CloudEvent
from shared.contracts.feedback import ANSWERED


def read_answer(event: CloudEvent) -> Act | None:
    """An answered survey as an act of kind `answer`; None for everything else on the topic."""
    if event.type != ANSWERED:
        return None
    return write_act(event, "answer", event.data or b"null")
