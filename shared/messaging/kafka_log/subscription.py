"""One member of a consumer group on Kafka."""

import asyncio
from collections.abc import Mapping, Sequence, Set

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, ConsumerRecord, TopicPartition
from aiokafka.errors import CommitFailedError, IllegalStateError, KafkaError

from shared.errors import Unavailable
from shared.messaging.kafka_log.client import delivery, join, leave
from shared.messaging.kafka_log.errors import kafka_errors
from shared.messaging.kafka_log.options import KafkaOptions
from shared.messaging.ports import Batch

Place = tuple[str, int]
"""(topic, partition), which aiokafka's TopicPartition is as well."""

# Asked for when there is nothing to read, since asking for no partition means all of them.
_NOWHERE = TopicPartition("", -1)
_LEAVING_SECONDS = 5.0

logger = structlog.get_logger()


class KafkaSubscription(ConsumerRebalanceListener):  # type: ignore[misc]
    """A Subscription. A client that fails for good is replaced by the next fetch.

    Pausing is done here and not by aiokafka, which would throw away what it has read ahead and
    forget it in a rebalance.
    """

    def __init__(self, options: KafkaOptions, group: str, topics: Sequence[str]) -> None:
        self._options = options
        self._group = group
        self._topics = topics
        self._client: AIOKafkaConsumer | None = None
        self._positions: dict[Place, int] = {}
        self._paused: set[Place] = set()
        self._in_hand: set[Place] = set()
        self._rebalancing = True
        self._woken = asyncio.Event()
        self._drained = asyncio.Event()
        self._leaving: set[asyncio.Task[None]] = set()

    async def open(self) -> None:
        """Connect and begin to join the group. Raises Unavailable."""
        with kafka_errors():
            async with asyncio.timeout(self._options.delivery_timeout):
                self._rebalancing = True
                self._client = await join(self._options, self._group, self._topics, self)

    async def close(self) -> None:
        """Leave the group, for at most some seconds."""
        self._abandon_client()
        if self._leaving:
            # A client that is still at it goes on leaving; cancelled it might join again.
            await asyncio.wait(self._leaving, timeout=_LEAVING_SECONDS)

    def assigned(self) -> frozenset[Place]:
        if self._client is None:
            return frozenset()
        return frozenset((p.topic, p.partition) for p in self._client.assignment())

    async def fetch(self, max_records: int, timeout: float) -> Sequence[Batch]:
        if self._client is None:
            await self.open()
        client = self._client
        deadline = asyncio.get_running_loop().time() + timeout
        try:
            with kafka_errors():
                return await self._fetch(client, max_records, deadline)
        except Unavailable as error:
            if not getattr(error.__cause__, "retriable", False):
                logger.warning("kafka_consumer_replaced", group=self._group, error=str(error))
                self._abandon_client()
            raise

    async def commit(self, positions: Mapping[Place, int]) -> None:
        offsets = {TopicPartition(*p): at for p, at in positions.items() if p in self.assigned()}
        if not offsets or self._client is None:
            return
        try:
            with kafka_errors():
                async with asyncio.timeout(self._options.delivery_timeout):
                    await self._client.commit(offsets)
        except (CommitFailedError, IllegalStateError):
            logger.info("kafka_commit_dropped", group=self._group)
        for place in positions:
            self._release(place)

    async def seek(self, topic: str, partition: int, position: int) -> None:
        place = topic, partition
        if self._client is not None and place in self.assigned():
            self._client.seek(TopicPartition(topic, partition), position)
            self._positions[place] = position
        self._release(place)
        self._woken.set()

    def pause(self, topic: str, partition: int) -> None:
        self._paused.add((topic, partition))

    def resume(self, topic: str, partition: int) -> None:
        self._paused.discard((topic, partition))
        self._release((topic, partition))
        self._woken.set()

    async def lag(self) -> Mapping[Place, int]:
        client = self._client
        if client is None:
            raise Unavailable("Kafka: not connected")
        partitions = client.assignment()
        with kafka_errors():
            async with asyncio.timeout(self._options.delivery_timeout):
                if not partitions:
                    await client.topics()
                ends = await client.end_offsets(partitions)
                try:
                    positions = {p: await client.position(p) for p in partitions}
                except IllegalStateError as error:
                    raise Unavailable("Kafka: partitions are moving") from error
        return {(p.topic, p.partition): max(0, end - positions[p]) for p, end in ends.items()}

    async def on_partitions_revoked(self, revoked: Set[TopicPartition]) -> None:
        """Called by aiokafka before it joins anew: let the batches in hand be committed."""
        self._rebalancing = True
        self._woken.set()
        if self._in_hand:
            self._drained.clear()
            try:
                async with asyncio.timeout(self._options.drain_timeout):
                    await self._drained.wait()
            except TimeoutError:
                logger.warning("kafka_rebalanced_with_batches_in_hand", group=self._group)

    async def on_partitions_assigned(self, assigned: Set[TopicPartition]) -> None:
        """Called by aiokafka after it has joined: all partitions start from what is committed."""
        self._positions.clear()
        self._in_hand.clear()
        self._rebalancing = False
        self._woken.set()

    async def _fetch(
        self, client: AIOKafkaConsumer, max_records: int, deadline: float
    ) -> Sequence[Batch]:
        now = asyncio.get_running_loop().time
        while True:
            self._woken.clear()
            await self._find_positions(client, (deadline - now()) / 2)
            ready = self._ready()
            batches = await self._take(client, ready, max_records)
            if batches or now() >= deadline:
                return batches
            wait = self._wait_for_records(client, ready, max_records, deadline - now())
            if batches := await wait:
                return batches

    def _ready(self) -> list[TopicPartition]:
        if self._rebalancing:
            return []
        return [TopicPartition(*place) for place in self._positions if place not in self._paused]

    async def _find_positions(self, client: AIOKafkaConsumer, timeout: float) -> None:
        if self._rebalancing:
            return
        unknown = [p for p in client.assignment() if p not in self._positions]
        if not unknown:
            return

        async def find(partition: TopicPartition) -> None:
            position = await client.position(partition)
            if not self._rebalancing:
                self._positions.setdefault((partition.topic, partition.partition), position)

        tasks = [asyncio.create_task(find(partition)) for partition in unknown]
        try:
            await asyncio.wait(tasks, timeout=max(timeout, 0))
        finally:
            for task in tasks:
                task.cancel()
            results = await asyncio.gather(*tasks, return_exceptions=True)
        for result in results:
            # A partition that has gone in the meantime raises IllegalStateError.
            if isinstance(result, KafkaError) and not isinstance(result, IllegalStateError):
                raise result

    async def _take(
        self, client: AIOKafkaConsumer, ready: Sequence[TopicPartition], max_records: int
    ) -> Sequence[Batch]:
        """What has been read ahead. Never waits, so no batch is lost if the fetch is cancelled."""
        batches: list[Batch] = []
        for partition in ready:
            try:
                found = await client.getmany(partition, max_records=max_records)
            except KafkaError:
                if batches:
                    break  # It will be raised again, or be over.
                raise
            batches += self._batches(found)
        return batches

    async def _wait_for_records(
        self,
        client: AIOKafkaConsumer,
        ready: Sequence[TopicPartition],
        max_records: int,
        timeout: float,
    ) -> Sequence[Batch]:
        async def get() -> Sequence[Batch]:
            milliseconds = round(timeout * 1000)
            partitions = ready or [_NOWHERE]
            found = await client.getmany(
                *partitions, timeout_ms=milliseconds, max_records=max_records
            )
            return self._batches(found)

        getting = asyncio.create_task(get())
        woken = asyncio.create_task(self._woken.wait())
        try:
            await asyncio.wait(
                (getting, woken), timeout=timeout, return_when=asyncio.FIRST_COMPLETED
            )
            return getting.result() if getting.done() else ()
        finally:
            for task in (getting, woken):
                task.cancel()
            await asyncio.gather(getting, woken, return_exceptions=True)

    def _batches(self, found: Mapping[TopicPartition, Sequence[ConsumerRecord]]) -> Sequence[Batch]:
        return [self._batch((p.topic, p.partition), records) for p, records in found.items()]

    def _batch(self, place: Place, records: Sequence[ConsumerRecord]) -> Batch:
        # After a reset to the log's start the records may lie before the known position.
        start = min(self._positions.get(place, records[0].offset), records[0].offset)
        end = records[-1].offset + 1
        self._positions[place] = end
        self._in_hand.add(place)
        return Batch(*place, start, end, [delivery(record) for record in records])

    def _release(self, place: Place) -> None:
        self._in_hand.discard(place)
        if not self._in_hand:
            self._drained.set()

    def _abandon_client(self) -> None:
        client, self._client = self._client, None
        self._rebalancing = True
        self._positions.clear()
        self._in_hand.clear()
        self._drained.set()
        if client is not None:
            task = asyncio.create_task(leave(client))
            self._leaving.add(task)
            task.add_done_callback(self._leaving.discard)
