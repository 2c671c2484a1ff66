"""The message log on Kafka."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from shared.contracts.topics import Topic
from shared.messaging.kafka_log.errors import kafka_errors
from shared.messaging.kafka_log.options import KafkaOptions
from shared.messaging.kafka_log.producer import Producer
from shared.messaging.kafka_log.subscription import KafkaSubscription
from shared.messaging.kafka_log.topics import create_topics
from shared.messaging.ports import Record


class KafkaLog:
    """A MessageLog on a Kafka cluster; connects when it is first used."""

    def __init__(self, options: KafkaOptions) -> None:
        self._options = options
        self._producer = Producer(options)

    async def ensure_topics(self, topics: Sequence[Topic]) -> None:
        dead_letters = [topic.dead_letters for topic in topics if topic.dead_letters]
        with kafka_errors():
            await create_topics(self._options, [*topics, *dead_letters])

    async def publish(self, topic: str, records: Sequence[Record]) -> None:
        await self._producer.publish(topic, records)

    @asynccontextmanager
    async def subscribe(
        self, group: str, topics: Sequence[str]
    ) -> AsyncIterator[KafkaSubscription]:
        subscription = KafkaSubscription(self._options, group, topics)
        await subscription.open()
        try:
            yield subscription
        finally:
            await subscription.close()

    async def ping(self) -> None:
        await self._producer.ping()

    async def close(self) -> None:
        """Deliver what is under way and close."""
        await self._producer.close()


@asynccontextmanager
async def open_kafka_log(options: KafkaOptions) -> AsyncIterator[KafkaLog]:
    """The log on the cluster at `options.bootstrap`, which need not be there yet."""
    log = KafkaLog(options)
    try:
        yield log
    finally:
        await log.close()
