"""Creating the catalogue's topics on a broker."""

from collections.abc import Sequence
from datetime import timedelta

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import TopicAlreadyExistsError, for_code

from shared.contracts.topics import DEAD_LETTER_SUFFIX, Topic
from shared.messaging.kafka_log.options import KafkaOptions
from shared.messaging.ports import MAX_DEAD_LETTER_BYTES

FRAME_BYTES = 100_000
"""More than Kafka's record and batch headers can add to a record."""

# An erased customer's data are gone from the disk after this and a run of the cleaner.
_LONGEST_UNCOMPACTED = timedelta(days=1)


async def create_topics(options: KafkaOptions, topics: Sequence[Topic]) -> None:
    """Create those of `topics` that the broker doesn't have. Raises KafkaError, TimeoutError."""
    admin = AIOKafkaAdminClient(
        bootstrap_servers=options.bootstrap,
        request_timeout_ms=round(options.delivery_timeout * 1000),
    )
    try:
        await admin.start()
        existing = set(await admin.list_topics())
        missing = [topic for topic in topics if topic.name not in existing]
        if missing:
            await _create(admin, missing, options.replication)
    finally:
        await admin.close()


async def _create(admin: AIOKafkaAdminClient, topics: Sequence[Topic], replication: int) -> None:
    response = await admin.create_topics(
        [
            NewTopic(
                topic.name,
                topic.partitions,
                replication,
                topic_configs=topic_settings(topic, replication),
            )
            for topic in topics
        ]
    )
    for _, code, *_ in response.topic_errors:
        error = for_code(code)
        if code and error is not TopicAlreadyExistsError:
            raise error()


def topic_settings(topic: Topic, replication: int) -> dict[str, str]:
    """Kafka's settings for `topic`; what is not named here is the broker's default."""
    retention = _ms(topic.retention)
    settings: dict[str, str] = {"cleanup.policy": topic.cleanup}
    if replication > 1:
        settings["min.insync.replicas"] = str(replication - 1)
    if topic.cleanup == "delete":
        settings["retention.ms"] = retention
    else:
        uncompacted = _ms(min(topic.retention, _LONGEST_UNCOMPACTED))
        settings |= {
            "delete.retention.ms": retention,
            "segment.ms": uncompacted,
            "max.compaction.lag.ms": uncompacted,
            "min.cleanable.dirty.ratio": "0.1",
        }
    if topic.name.endswith(DEAD_LETTER_SUFFIX):
        settings["max.message.bytes"] = str(MAX_DEAD_LETTER_BYTES + FRAME_BYTES)
    return settings


def _ms(duration: timedelta) -> str:
    return str(round(duration.total_seconds() * 1000))
