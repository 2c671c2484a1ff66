"""The topic catalogue: the only place that names topics, their partitions and their retention."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal

DEAD_LETTER_SUFFIX = "-dlt"


@dataclass(frozen=True, slots=True)
class Topic:
    """One topic. Every record is keyed by the customer's id.

    `retention` of a compacted topic is the life of its tombstones.
    """

    name: str
    says: str
    written_by: tuple[str, ...]
    read_by: tuple[str, ...]
    cleanup: Literal["delete", "compact"] = "delete"
    retention: timedelta = timedelta(days=30)
    partitions: int = 8
    dead_letters: "Topic | None" = field(default=None, init=False)

    def __post_init__(self) -> None:
        if not self.name.endswith(DEAD_LETTER_SUFFIX):
            object.__setattr__(self, "dead_letters", _dead_letters(self))


def _dead_letters(topic: Topic) -> Topic:
    return Topic(
        name=topic.name + DEAD_LETTER_SUFFIX,
        says=f"a record of {topic.name} that could not be handled, and why",
        written_by=topic.read_by,
        read_by=("operator",),
        retention=timedelta(days=90),
        partitions=topic.partitions,
    )


ACTS = Topic(
    name="requite.acts.v1",
    says="an act happened",
    written_by=("events",),
    read_by=("events", "engagement", "feedback"),
    retention=timedelta(days=400),
)
CUSTOMERS = Topic(
    name="requite.customers.v1",
    says="who a customer is, how to reach them, what they agreed to; a tombstone erases",
    written_by=("events",),
    read_by=("engagement", "notifier", "feedback"),
    cleanup="compact",
    retention=timedelta(days=7),
)
ENGAGEMENT = Topic(
    name="requite.engagement.v1",
    says="an act was scored; a moment occurred; who belongs to what",
    written_by=("engagement",),
    read_by=("notifier",),
)
FEEDBACK = Topic(
    name="requite.feedback.v1",
    says="an answer arrived; a case opened or closed",
    written_by=("feedback",),
    read_by=("engagement", "notifier"),
)
MESSAGES = Topic(
    name="requite.messages.v1",
    says="what was decided, what became of the message, what a customer wants",
    written_by=("notifier",),
    read_by=("engagement", "feedback"),
)

CATALOGUE: tuple[Topic, ...] = (ACTS, CUSTOMERS, ENGAGEMENT, FEEDBACK, MESSAGES)
