"""Kafka comes up, loses nothing that it acknowledged, and cleans up within seconds."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from tests.servers.kafka import Kafka
from tests.servers.kafka_release import chosen_version

_CLEANING_SECONDS = 30


async def test_acknowledged_records_and_commits_survive_sigkill(private_kafka: Kafka) -> None:
    bootstrap = private_kafka.bootstrap
    await _create_topic(bootstrap, "acts", {})
    await _send(bootstrap, "acts", [(b"key", b"%d" % number) for number in range(100)])
    assert len(await _read(bootstrap, "acts", count=40, group="engine")) == 40

    await asyncio.to_thread(private_kafka.kill)
    await asyncio.to_thread(private_kafka.restart)

    assert private_kafka.bootstrap == bootstrap
    rest = await _read(bootstrap, "acts", count=60, group="engine")
    assert rest == [(b"key", b"%d" % number) for number in range(40, 100)]


async def test_stops_cleanly(private_kafka: Kafka) -> None:
    # 143: the JVM's own exit code after SIGTERM.
    assert await asyncio.to_thread(private_kafka.stop) == 143
    assert "ERROR" not in private_kafka.log.read_text()


def test_the_release_is_the_chosen_one(private_kafka: Kafka) -> None:
    release = f"kafka_2.13-{chosen_version()}.jar"
    mapped = Path(f"/proc/{private_kafka.pid}/maps").read_text()
    opened = Path(f"/proc/{private_kafka.pid}/fd").iterdir()
    assert release in mapped or any(release in str(link.readlink()) for link in opened)


async def test_a_compacted_topic_keeps_the_last_value_within_seconds(private_kafka: Kafka) -> None:
    bootstrap = private_kafka.bootstrap
    topic = "acts"
    settings = {
        "cleanup.policy": "compact",
        "segment.ms": "100",
        "min.cleanable.dirty.ratio": "0.01",
        "delete.retention.ms": "100",
    }
    await _create_topic(bootstrap, topic, settings)
    await _send(bootstrap, topic, [(b"a", b"1"), (b"a", b"2"), (b"b", b"1")])

    async def compacted() -> None:
        round_ = 0
        while True:
            # The active segment is never compacted: each send may roll it.
            await _send(bootstrap, topic, [(b"other", b"%d" % round_)])
            round_ += 1
            records = await _read_all(bootstrap, topic)
            if [value for key, value in records if key == b"a"] == [b"2"]:
                return
            await asyncio.sleep(0.2)

    await asyncio.wait_for(compacted(), _CLEANING_SECONDS)


async def test_retention_deletes_within_seconds(private_kafka: Kafka) -> None:
    bootstrap = private_kafka.bootstrap
    topic = "acts"
    await _create_topic(bootstrap, topic, {"retention.ms": "100", "segment.ms": "100"})
    await _send(bootstrap, topic, [(b"a", b"1")])

    async def emptied() -> None:
        while True:
            if not await _read_all(bootstrap, topic):
                return
            await asyncio.sleep(0.2)

    await asyncio.wait_for(emptied(), _CLEANING_SECONDS)


async def _create_topic(bootstrap: str, topic: str, settings: dict[str, str]) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(topic, 1, 1, topic_configs=settings)])
    finally:
        await admin.close()


async def _send(bootstrap: str, topic: str, records: list[tuple[bytes, bytes]]) -> None:
    async with AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all") as producer:
        for key, value in records:
            await producer.send_and_wait(topic, key=key, value=value)


async def _read(bootstrap: str, topic: str, *, count: int, group: str) -> list[tuple[bytes, bytes]]:
    """The next `count` records of `group`, which then commits exactly those."""
    async with _consumer(bootstrap, topic, group_id=group, max_poll_records=count) as consumer:
        records = [await consumer.getone() for _ in range(count)]
        await consumer.commit()
    return [(record.key, record.value) for record in records]


async def _read_all(bootstrap: str, topic: str) -> list[tuple[bytes, bytes]]:
    partition = TopicPartition(topic, 0)
    async with _consumer(bootstrap, topic) as consumer:
        end = (await consumer.end_offsets([partition]))[partition]
        records = []
        while await consumer.position(partition) < end:
            batch = await consumer.getmany(timeout_ms=1_000)
            records += batch.get(partition, [])
    return [(record.key, record.value) for record in records]


@asynccontextmanager
async def _consumer(
    bootstrap: str, topic: str, **options: object
) -> AsyncIterator[AIOKafkaConsumer]:
    consumer = AIOKafkaConsumer(
        topic,
        bootstrap_servers=bootstrap,
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        **options,
    )
    await consumer.start()
    try:
        yield consumer
    finally:
        await consumer.stop()
