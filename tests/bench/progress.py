"""How fast a consumer group works through the acts, and which processes are busy meanwhile."""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import GroupCoordinatorNotAvailableError

from shared.contracts.topics import ACTS, Topic
from tests.bench.ingest import cpu_seconds
from tests.servers.kafka import Kafka
from tests.servers.process import ServerProcess

_POLL_SECONDS = 0.05
_MOST_SECONDS = 120.0


@dataclass(frozen=True, slots=True)
class Progress:
    """Acts a second, and by name how much of a core each process took meanwhile."""

    rate: float
    cores: Mapping[str, float]

    def __str__(self) -> str:
        return ", ".join(f"{name} {share:.2f}" for name, share in self.cores.items())


async def follow(
    kafka: Kafka,
    group: str,
    total: int,
    processes: Mapping[str, ServerProcess],
    *,
    begin: float = 0.1,
    end: float = 1.0,
    topic: Topic = ACTS,
) -> Progress:
    """Wait until `group` has committed `total` records of `topic`; measured between two shares of
    that, so that starting up is left out. Raises TimeoutError after two minutes."""
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka.bootstrap)
    await admin.start()
    try:
        async with asyncio.timeout(_MOST_SECONDS):
            first, since, busy = await _reached(admin, group, topic, total * begin, processes)
            last, until, after = await _reached(admin, group, topic, total * end, processes)
    finally:
        await admin.close()
    seconds = until - since
    cores = {name: (after[name] - busy[name]) / seconds for name in processes}
    return Progress((last - first) / seconds, cores)


async def _reached(
    admin: AIOKafkaAdminClient,
    group: str,
    topic: Topic,
    acts: float,
    processes: Mapping[str, ServerProcess],
) -> tuple[int, float, dict[str, float]]:
    while True:
        done, now = await committed(admin, group, topic), time.monotonic()
        if done >= acts:
            return done, now, {name: cpu_seconds(one) for name, one in processes.items()}
        await asyncio.sleep(_POLL_SECONDS)


async def committed(admin: AIOKafkaAdminClient, group: str, topic: Topic = ACTS) -> int:
    """How many records of the topic the group is done with."""
    try:
        offsets = await admin.list_consumer_group_offsets(group, partitions=_places(topic))
    except GroupCoordinatorNotAvailableError:
        return 0  # There has been no group yet.
    return sum(max(0, one.offset) for one in offsets.values())


async def told(kafka: Kafka, topic: Topic = ACTS) -> int:
    """How many records are on the topic."""
    async with AIOKafkaConsumer(bootstrap_servers=kafka.bootstrap) as consumer:
        return sum((await consumer.end_offsets(_places(topic))).values())


async def rewind(kafka: Kafka, group: str = "engagement", topic: Topic = ACTS) -> None:
    """Let a group that has no member begin again."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=kafka.bootstrap, group_id=group, enable_auto_commit=False
    )
    async with consumer:
        consumer.assign(_places(topic))
        await consumer.commit(dict.fromkeys(_places(topic), 0))


def _places(topic: Topic) -> list[TopicPartition]:
    return [TopicPartition(topic.name, number) for number in range(topic.partitions)]
