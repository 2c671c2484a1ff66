"""An idempotent producer that is replaced when it fails."""

import asyncio
from collections.abc import Sequence
from itertools import chain
from time import time

import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from shared.messaging.group_commit import GroupCommit
from shared.messaging.kafka_log.errors import kafka_errors
from shared.messaging.kafka_log.options import KafkaOptions
from shared.messaging.kafka_log.topics import FRAME_BYTES
from shared.messaging.limits import check_sizes
from shared.messaging.partitioner import partition_for
from shared.messaging.ports import MAX_DEAD_LETTER_BYTES, Record

_BATCH_BYTES = 256 * 1024
# While one group is with the broker the next is put together.
_GROUPS_AT_ONCE = 2

Share = tuple[str, Sequence[Record]]
"""Records for a topic, of one caller."""

logger = structlog.get_logger()


class Producer:
    """Appends records to topics, acknowledged by all replicas in sync.

    After a failed delivery the sequence numbers of aiokafka's idempotent producer are off, and it
    fails for ever (aiokafka #1017); without an answer it never gives up. So it is replaced.
    """

    def __init__(self, options: KafkaOptions) -> None:
        self._options = options
        self._producer: AIOKafkaProducer | None = None
        self._starting = asyncio.Lock()
        self._closing: set[asyncio.Task[None]] = set()
        self._commits: GroupCommit[Share] = GroupCommit(self._write, _GROUPS_AT_ONCE)

    async def publish(self, topic: str, records: Sequence[Record]) -> None:
        """As Publisher.publish."""
        if records:
            check_sizes(topic, records)
            await self._commits.run((topic, records))

    async def _write(self, shares: Sequence[Share]) -> None:
        producer = None
        with kafka_errors():
            try:
                async with asyncio.timeout(self._options.delivery_timeout):
                    producer = await self._started()
                    await _deliver(producer, shares)
            except (KafkaError, TimeoutError):
                self._replace(producer)
                raise

    async def ping(self) -> None:
        """Ask a broker for its metadata. Raises Unavailable."""
        with kafka_errors():
            async with asyncio.timeout(self._options.delivery_timeout):
                producer = await self._started()
                await producer.client.fetch_all_metadata()

    async def close(self) -> None:
        """Deliver what is under way, for as long as a delivery may take, and close."""
        await self._commits.finish()
        self._replace(self._producer)
        if self._closing:
            await asyncio.wait(self._closing)

    async def _started(self) -> AIOKafkaProducer:
        async with self._starting:
            if self._producer is None:
                self._producer = await _start(self._options)
            return self._producer

    def _replace(self, producer: AIOKafkaProducer | None) -> None:
        if producer is None or self._producer is not producer:
            return
        self._producer = None
        task = asyncio.create_task(_close(producer, self._options.delivery_timeout))
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)


async def _start(options: KafkaOptions) -> AIOKafkaProducer:
    producer = AIOKafkaProducer(
        bootstrap_servers=options.bootstrap,
        enable_idempotence=True,
        acks="all",
        request_timeout_ms=round(options.delivery_timeout * 1000),
        max_batch_size=_BATCH_BYTES,
        max_request_size=MAX_DEAD_LETTER_BYTES + FRAME_BYTES,
    )
    try:
        await producer.start()
    except BaseException:
        await producer.stop()
        raise
    return producer


async def _close(producer: AIOKafkaProducer, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await producer.stop()
    except (KafkaError, TimeoutError) as error:
        logger.warning("kafka_producer_abandoned", error=repr(error))
        _give_up(producer)
        await asyncio.wait([producer._sender.sender_task], timeout=seconds)
        await producer.client.close()


def _give_up(producer: AIOKafkaProducer) -> None:
    # stop() waits for deliveries for ever, and there is no public way to end them.
    accumulator = producer._message_accumulator
    batches = [*accumulator._pending_batches, *chain(*accumulator._batches.values())]
    accumulator.fail_all(KafkaError("given up"))
    for batch in batches:
        batch.future.exception()  # Seen; whoever waited has had a TimeoutError.
    producer._sender.sender_task.cancel()


async def _deliver(producer: AIOKafkaProducer, shares: Sequence[Share]) -> None:
    places: dict[tuple[str, int], list[Record]] = {}
    for topic, records in shares:
        partitions = len(await producer.partitions_for(topic))
        for record in records:
            place = topic, partition_for(record.key, partitions)
            places.setdefault(place, []).append(record)
    await asyncio.gather(
        *(_deliver_to(producer, *place, records) for place, records in places.items())
    )


async def _deliver_to(
    producer: AIOKafkaProducer, topic: str, partition: int, records: Sequence[Record]
) -> None:
    now = round(time() * 1000)
    deliveries = []
    batch = producer.create_batch()
    for record in records:
        value, key, headers = record.value, record.key, list(record.headers)
        while batch.append(timestamp=now, key=key, value=value, headers=headers) is None:
            deliveries.append(await producer.send_batch(batch, topic, partition=partition))
            batch = producer.create_batch()
    batch.close()
    deliveries.append(await producer.send_batch(batch, topic, partition=partition))
    await asyncio.gather(*deliveries)
