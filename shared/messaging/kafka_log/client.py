"""aiokafka's consumer: with which settings it joins, how it leaves, what its records are."""

from collections.abc import Sequence

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, ConsumerRecord
from aiokafka.errors import KafkaError

from shared.messaging.kafka_log.options import KafkaOptions
from shared.messaging.ports import Delivery

logger = structlog.get_logger()


async def join(
    options: KafkaOptions, group: str, topics: Sequence[str], listener: ConsumerRebalanceListener
) -> AIOKafkaConsumer:
    """A connected client that has begun to join `group`. Raises KafkaError."""
    client = AIOKafkaConsumer(
        bootstrap_servers=options.bootstrap,
        group_id=group,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        isolation_level="read_committed",
        request_timeout_ms=round(options.consumer_request_timeout * 1000),
        session_timeout_ms=round(options.session_timeout * 1000),
        heartbeat_interval_ms=round(min(3.0, options.session_timeout / 3) * 1000),
        rebalance_timeout_ms=round(options.rebalance_timeout * 1000),
        metadata_max_age_ms=60_000,
    )
    try:
        await client.start()
    except BaseException:
        await client.stop()
        raise
    client.subscribe(topics, listener=listener)
    return client


async def leave(client: AIOKafkaConsumer) -> None:
    """Leave the group and close."""
    try:
        await client.stop()
    except KafkaError as error:
        logger.warning("kafka_leave_failed", error=repr(error))


def delivery(record: ConsumerRecord) -> Delivery:
    """The record in this project's words."""
    return Delivery(
        record.topic,
        record.partition,
        record.offset,
        record.timestamp,
        record.key or b"",
        record.value,
        record.headers,
    )
