"""How fast a consumer group works through the acts, and which processes are busy meanwhile."""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import GroupCoordinatorNotAvailableError

from shared.contracts.topics import ACTS
from tests.bench.ingest import cpu_seconds
from tests.servers.kafka import Kafka
from tests.servers.process import ServerProcess

PLACES = [TopicPartition(ACTS.name, number) for number in range(ACTS.partitions)]
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
) -> Progress:
    """Wait until `group` has committed `total` acts; measured between two shares of that, so that
    starting up is left out. Raises TimeoutError after two minutes."""
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka.bootstrap)
    await admin.start()
    try:
        async with asyncio.timeout(_MOST_SECONDS):
            first, since, busy = await _reached(admin, group, total * begin, processes)
            last, until, after = await _reached(admin, group, total * end, processes)
    finally:
        await admin.close()
    seconds = until - since
    cores = {name: (after[name] - busy[name]) / seconds for name in processes}
    return Progress((last - first) / seconds, cores)


async def _reached(
    admin: AIOKafkaAdminClient, group: str, acts: float, processes: Mapping[str, ServerProcess]
) -> tuple[int, float, dict[str, float]]:
    while True:
        done, now = await committed(admin, group), time.monotonic()
        if done >= acts:
            return done, now, {name: cpu_seconds(one) for name, one in processes.items()}
        await asyncio.sleep(_POLL_SECONDS)


async def committed(admin: AIOKafkaAdminClient, group: str) -> int:
    """How many acts the group is done with."""
    try:
        offsets = await admin.list_consumer_group_offsets(group, partitions=PLACES)
    except GroupCoordinatorNotAvailableError:
        return 0  # There has been no group yet.
    return sum(max(0, one.offset) for one in offsets.values())


async def acts_told(kafka: Kafka) -> int:
    """How many acts are on the topic."""
    async with AIOKafkaConsumer(bootstrap_servers=kafka.bootstrap) as consumer:
        return sum((await consumer.end_offsets(PLACES)).values())


async def rewind(kafka: Kafka, group: str = "engagement") -> None:
    """Let a group that has no member begin again."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=kafka.bootstrap, group_id=group, enable_auto_commit=False
    )
    async with consumer:
        consumer.assign(PLACES)
        await consumer.commit(dict.fromkeys(PLACES, 0))
