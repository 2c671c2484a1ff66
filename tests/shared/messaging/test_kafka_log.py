"""The log on a real Kafka broker: the behaviour suites, and what only it has to show."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from shared.contracts.topics import Topic
from shared.errors import Unavailable
from shared.messaging.kafka_log import KafkaLog, KafkaOptions, open_kafka_log
from shared.messaging.kafka_log.topics import topic_settings
from shared.messaging.ports import Record
from tests.servers.kafka import Kafka
from tests.servers.ports import free_port
from tests.shared.messaging.bench import (
    ends_of,
    eventually,
    make_group,
    make_records,
    make_topic,
    read,
    read_all,
    values_of,
)
from tests.shared.messaging.consumer_suite import (
    ConsumerOutageSuite,
    ConsumerSuite,
    Recorder,
    make_consumer,
    running,
)
from tests.shared.messaging.log_suite import (
    CleaningSuite,
    GroupSuite,
    KillSuite,
    OutageSuite,
    PublishingSuite,
    ReadingSuite,
)

pytestmark = pytest.mark.live


class KafkaBench:
    """A broker; what it forgets it forgets by its own clock."""

    def __init__(self, bootstrap: str, log: KafkaLog, broker: "Away | None" = None) -> None:
        self.bootstrap = bootstrap
        self.log = log
        self._broker = broker
        self.address: Sequence[str] = ("kafka", bootstrap)

    @asynccontextmanager
    async def outage(self) -> AsyncIterator[None]:
        assert self._broker is not None, "only a broker of the test's own may go away"
        await self._broker.leave()
        try:
            yield
        finally:
            await self._broker.come_back()

    async def expire(self, topic: Topic) -> None:
        partitions = [TopicPartition(topic.name, n) for n in range(topic.partitions)]
        async with AIOKafkaConsumer(bootstrap_servers=self.bootstrap) as client:

            async def gone() -> bool:
                starts = await client.beginning_offsets(partitions)
                return bool(starts == await client.end_offsets(partitions))

            await eventually(gone)

    async def compact(self, topic: Topic) -> None:
        partition = TopicPartition(topic.name, 0)
        async with AIOKafkaConsumer(
            bootstrap_servers=self.bootstrap, auto_offset_reset="earliest"
        ) as client:
            client.assign([partition])

            async def clean() -> bool:
                # Only a record that comes later closes the segment that is to be compacted.
                await self.log.publish(topic.name, [Record(b"later", b"-")])
                await client.seek_to_beginning(partition)
                found = (await client.getmany(partition, timeout_ms=500)).get(partition, [])
                keys = [record.key for record in found if record.key != b"later"]
                return len(keys) == len(set(keys)) and all(r.value is not None for r in found)

            await eventually(clean)


class Killed:
    """The broker is killed and started again on the same data."""

    def __init__(self, kafka: Kafka) -> None:
        self._kafka = kafka

    async def leave(self) -> None:
        await asyncio.to_thread(self._kafka.kill)

    async def come_back(self) -> None:
        await asyncio.to_thread(self._kafka.restart)


def _state(task: Path) -> str:
    """A thread's state: what follows its name, which may hold spaces (proc_pid_stat(5))."""
    return (task / "stat").read_text().rpartition(") ")[2][0]


class Frozen:
    """The broker's process stands still: connections stay open and nobody answers."""

    def __init__(self, kafka: Kafka) -> None:
        self._kafka = kafka

    async def leave(self) -> None:
        os.kill(self._kafka.pid, signal.SIGSTOP)
        await asyncio.to_thread(self._wait_until_still)

    def _wait_until_still(self) -> None:
        # Each thread stops by itself, and one that still runs would answer.
        tasks = Path("/proc", str(self._kafka.pid), "task")
        deadline = time.monotonic() + 10
        while {_state(task) for task in tasks.iterdir()} != {"T"}:
            assert time.monotonic() < deadline
            time.sleep(0.005)

    async def come_back(self) -> None:
        os.kill(self._kafka.pid, signal.SIGCONT)


Away = Killed | Frozen


@pytest.fixture
async def bench(kafka_bootstrap: str) -> AsyncIterator[KafkaBench]:
    options = KafkaOptions(
        kafka_bootstrap, drain_timeout=0.5, session_timeout=3.0, delivery_timeout=5.0
    )
    async with open_kafka_log(options) as log:
        yield KafkaBench(kafka_bootstrap, log)


class TestPublishing(PublishingSuite): ...


class TestReading(ReadingSuite): ...


class TestGroups(GroupSuite): ...


class TestCleaning(CleaningSuite): ...


class TestKill(KillSuite): ...


class TestConsumer(ConsumerSuite): ...


class TestOutage(OutageSuite, ConsumerOutageSuite):
    @pytest.fixture(params=[Killed, Frozen])
    async def bench(
        self, private_kafka: Kafka, request: pytest.FixtureRequest
    ) -> AsyncIterator[KafkaBench]:
        options = KafkaOptions(private_kafka.bootstrap, delivery_timeout=2.0, drain_timeout=0.5)
        async with open_kafka_log(options) as log:
            yield KafkaBench(private_kafka.bootstrap, log, request.param(private_kafka))


class TestTopics:
    async def test_settings_reach_the_broker_and_existing_topics_stay(
        self, bench: KafkaBench
    ) -> None:
        topic = make_topic(cleanup="compact", retention=timedelta(hours=3), partitions=2)
        await bench.log.ensure_topics([topic])
        changed = replace(topic, cleanup="delete", partitions=5)
        await bench.log.ensure_topics([changed])
        assert topic.dead_letters is not None
        settings = await _settings(bench.bootstrap, topic.name)
        assert settings["cleanup.policy"] == "compact"
        assert settings["delete.retention.ms"] == settings["segment.ms"] == str(3 * 3600 * 1000)
        assert settings["max.compaction.lag.ms"] == str(3 * 3600 * 1000)
        assert settings["min.cleanable.dirty.ratio"] == "0.1"
        dead = await _settings(bench.bootstrap, topic.dead_letters.name)
        assert dead["cleanup.policy"] == "delete"
        assert dead["retention.ms"] == str(90 * 24 * 3600 * 1000)
        assert int(dead["max.message.bytes"]) > 2_000_000

    def test_replicated_topics_want_all_but_one_in_sync(self) -> None:
        assert topic_settings(make_topic(), replication=3)["min.insync.replicas"] == "2"
        assert "min.insync.replicas" not in topic_settings(make_topic(), replication=1)


class TestProducer:
    async def test_it_is_replaced_when_its_sequence_is_off(self, kafka_bootstrap: str) -> None:
        topic = make_topic(partitions=1)
        async with open_kafka_log(KafkaOptions(kafka_bootstrap)) as log:
            await log.ensure_topics([topic])
            await log.publish(topic.name, make_records(1))
            assert log._producer._producer is not None
            transactions = log._producer._producer._txn_manager
            transactions.increment_sequence_number(TopicPartition(topic.name, 0), 7)
            with pytest.raises(Unavailable, match="OutOfOrderSequenceNumber"):
                await log.publish(topic.name, make_records(1, first=1))
            await log.publish(topic.name, make_records(10, first=2))
            assert values_of(await read_all(log, topic, 11)) == [0, *range(2, 12)]

    async def test_a_caller_that_goes_away_harms_no_other(self, bench: KafkaBench) -> None:
        topic = make_topic(partitions=1)
        await bench.log.ensure_topics([topic])
        await bench.log.publish(topic.name, make_records(1))
        producer = bench.log._producer._producer
        leaving = asyncio.create_task(bench.log.publish(topic.name, make_records(1, first=1)))
        await asyncio.sleep(0)
        leaving.cancel()
        await bench.log.publish(topic.name, make_records(1, first=2))
        assert bench.log._producer._producer is producer

    async def test_without_a_broker_everything_is_unavailable(self) -> None:
        async with open_kafka_log(KafkaOptions(f"127.0.0.1:{free_port()}")) as log:
            with pytest.raises(Unavailable):
                await log.publish("acts", make_records(1))
            with pytest.raises(Unavailable):
                await log.ensure_topics([make_topic()])
            with pytest.raises(Unavailable):
                await log.ping()
            with pytest.raises(Unavailable):
                async with log.subscribe("group", ["acts"]):
                    raise AssertionError


class TestRebalance:
    async def test_it_waits_for_the_batch_in_hand(self, kafka_bootstrap: str) -> None:
        topic, group = make_topic(partitions=2), make_group()
        options = KafkaOptions(kafka_bootstrap, session_timeout=3.0)
        async with open_kafka_log(options) as log:
            await log.ensure_topics([topic])
            await log.publish(topic.name, make_records(100))
            async with log.subscribe(group, [topic.name]) as first:
                in_hand = await read(first, 100)
                async with log.subscribe(group, [topic.name]) as second:
                    # The newcomer has to wait for the batches: it gets nothing meanwhile.
                    assert not await second.fetch(500, 2.0)
                    assert not second.assigned()
                    await first.commit(ends_of(in_hand))
                    await eventually(lambda: len(second.assigned()) == 1)
                    assert not await second.fetch(500, 0.5)
                    assert not await first.fetch(500, 0.5)

    async def test_partitions_that_move_while_the_lag_is_measured_are_no_failure(
        self, bench: KafkaBench, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        topic = make_topic(partitions=1)
        await bench.log.ensure_topics([topic])
        await bench.log.publish(topic.name, make_records(1))
        async with bench.log.subscribe(make_group(), [topic.name]) as member:
            await read(member, 1)
            client = member._client
            assert client is not None
            ends_of_log = client.end_offsets

            async def move(partitions: Any) -> Any:
                ends = await ends_of_log(partitions)
                client.unsubscribe()
                return ends

            monkeypatch.setattr(client, "end_offsets", move)
            with pytest.raises(Unavailable):
                await member.lag()


class TestLateBroker:
    async def test_a_consumer_may_start_before_the_broker(self, private_kafka: Kafka) -> None:
        topic, group, recorder = make_topic(partitions=2), make_group(), Recorder()
        options = KafkaOptions(private_kafka.bootstrap)
        async with open_kafka_log(options) as log:
            await log.ensure_topics([topic])
            await log.publish(topic.name, make_records(10))
            await asyncio.to_thread(private_kafka.kill)
            consumer = make_consumer(log, topic, recorder, group)
            async with running(consumer):
                await eventually(lambda: consumer.health().last_error == "Unavailable")
                await asyncio.to_thread(private_kafka.restart)
                await eventually(lambda: set(recorder.values) == set(range(10)))


async def _settings(bootstrap: str, topic: str) -> Mapping[str, str]:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        resource = ConfigResource(ConfigResourceType.TOPIC, topic)
        (response,) = await admin.describe_configs([resource])
        ((*_, entries),) = response.resources
        return {name: value for name, value, *_ in entries}
    finally:
        await admin.close()
