"""How the consumer loop behaves on any message log; adapters' test modules inherit this class."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import replace

import pytest

from shared.clock import SystemClock
from shared.contracts.topics import Topic
from shared.errors import Unavailable
from shared.messaging.consumer import Consumer
from shared.messaging.dead_letters import TooManyDeadLetters
from shared.messaging.handler import DeadLetter, Handler, Rewind
from shared.messaging.policies import ConsumerPolicy, DeadLetterPolicy, RetryPolicy
from shared.messaging.ports import Batch, MessageLog, Record
from tests.shared.messaging.bench import (
    Bench,
    deliveries_of,
    eventually,
    make_group,
    make_records,
    make_topic,
    read,
    read_all,
    values_of,
)

POLICY = ConsumerPolicy(
    retry=RetryPolicy(first=0.01, longest=0.1),
    dead_letters=DeadLetterPolicy(max_in_a_row=5),
    batch_size=20,
    fetch_timeout=0.5,
    lag_interval=0.05,
)


class Recorder:
    """A handler that remembers its batches and refuses what it is told to."""

    def __init__(self, refuse: Sequence[int] = ()) -> None:
        self.batches: list[Batch] = []
        self._refuse = {b"%d" % number for number in refuse}

    async def __call__(self, batch: Batch) -> Sequence[DeadLetter]:
        self.batches.append(batch)
        return [
            DeadLetter(delivery, "it is bad")
            for delivery in batch.deliveries
            if delivery.value in self._refuse
        ]

    @property
    def values(self) -> list[int]:
        """What came, in order of arrival."""
        return [int(delivery.value or b"-1") for delivery in deliveries_of(self.batches)]


def make_consumer(
    log: MessageLog,
    topic: Topic,
    handler: Handler,
    group: str | None = None,
    policy: ConsumerPolicy = POLICY,
) -> Consumer:
    """A consumer of one topic."""
    handlers: Mapping[str, Handler] = {topic.name: handler}
    return Consumer(group or make_group(), log, handlers, SystemClock(), policy)


@asynccontextmanager
async def running(consumer: Consumer) -> AsyncIterator[asyncio.Task[None]]:
    """The consumer at work; stopped at the end."""
    task = asyncio.create_task(consumer.run())
    try:
        yield task
        await consumer.stop(5.0)
        await task
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError, Exception):
            await task


async def committed(log: MessageLog, topic: Topic, group: str, left: int) -> None:
    """Assert that exactly `left` records come again to the group."""
    async with log.subscribe(group, [topic.name]) as member:
        await eventually(lambda: len(member.assigned()) == topic.partitions)
        assert sum((await member.lag()).values()) == left


class ConsumerSuite:
    async def test_every_record_is_handled_in_order_and_committed(self, bench: Bench) -> None:
        topic, group, recorder = make_topic(), make_group(), Recorder()
        await bench.log.ensure_topics([topic])
        await bench.log.publish(topic.name, make_records(200))
        async with running(make_consumer(bench.log, topic, recorder, group)):
            await eventually(lambda: len(recorder.values) == 200)
        order: dict[int, list[int]] = defaultdict(list)
        for batch in recorder.batches:
            assert len(batch.deliveries) <= POLICY.batch_size
            order[batch.partition] += [delivery.offset for delivery in batch.deliveries]
        assert all(offsets == list(range(len(offsets))) for offsets in order.values())
        await committed(bench.log, topic, group, left=0)

    async def test_partitions_are_handled_beside_each_other(self, bench: Bench) -> None:
        topic = make_topic(partitions=2)
        await bench.log.ensure_topics([topic])
        await bench.log.publish(topic.name, make_records(20))
        both_inside = asyncio.Barrier(2)

        async def handler(batch: Batch) -> Sequence[DeadLetter]:
            await both_inside.wait()
            return ()

        consumer = make_consumer(bench.log, topic, handler)
        async with running(consumer):
            await eventually(lambda: sum(consumer.health().lag.values()) == 0)
            await eventually(lambda: consumer.health().in_hand_age == 0)

    async def test_dead_letters_are_whole_and_say_why(self, bench: Bench) -> None:
        topic, group = make_topic(partitions=2), make_group()
        await bench.log.ensure_topics([topic])
        bad = Record(b"\xff", b"7", [("ce_id", b"\x00\xfe"), ("ce_id", b"")])
        await bench.log.publish(topic.name, [*make_records(5), bad, *make_records(5)])
        recorder = Recorder(refuse=[7])
        async with running(make_consumer(bench.log, topic, recorder, group)):
            await eventually(lambda: len(recorder.values) == 11)
        (origin,) = [d for d in deliveries_of(recorder.batches) if d.key == bad.key]
        assert topic.dead_letters is not None
        (dead,) = deliveries_of(await read_all(bench.log, topic.dead_letters, 1))
        assert (dead.key, dead.value, dead.partition) == (bad.key, bad.value, origin.partition)
        assert list(dead.headers) == [
            *bad.headers,
            ("dlt-original-topic", topic.name.encode()),
            ("dlt-original-partition", b"%d" % origin.partition),
            ("dlt-original-offset", b"%d" % origin.offset),
            ("dlt-original-timestamp", b"%d" % origin.timestamp),
            ("dlt-consumer-group", group.encode()),
            ("dlt-reason", b"it is bad"),
        ]
        await committed(bench.log, topic, group, left=0)

    async def test_too_many_dead_letters_in_a_row_end_it(self, bench: Bench) -> None:
        topic, group = make_topic(partitions=1), make_group()
        await bench.log.ensure_topics([topic])
        await bench.log.publish(topic.name, make_records(40))
        recorder = Recorder(refuse=[*range(10, 14), *range(20, 30)])
        with pytest.raises(TooManyDeadLetters):
            async with asyncio.timeout(20):
                await make_consumer(bench.log, topic, recorder, group).run()
        # The batch that broke the limit has not been diverted.
        assert topic.dead_letters is not None
        assert values_of(await read_all(bench.log, topic.dead_letters, 4)) == [10, 11, 12, 13]
        await committed(bench.log, topic, group, left=20)

    async def test_unavailable_is_tried_again_in_order_and_others_go_on(self, bench: Bench) -> None:
        topic, group, recorder = make_topic(partitions=2), make_group(), Recorder()
        await bench.log.ensure_topics([topic])
        await bench.log.publish(topic.name, make_records(100))
        away = True
        refused: list[Batch] = []

        async def handler(batch: Batch) -> Sequence[DeadLetter]:
            if away and batch.partition == 0:
                refused.append(batch)
                raise Unavailable("the store is away")
            return await recorder(batch)

        consumer = make_consumer(bench.log, topic, handler, group)
        async with running(consumer):
            await eventually(lambda: len(refused) > 3 and sum(consumer.health().lag.values()) > 0)
            await eventually(lambda: bool(recorder.batches))
            assert {batch.partition for batch in recorder.batches} == {1}
            assert all(batch == refused[0] for batch in refused)
            assert consumer.health().last_error == "Unavailable"
            away = False
            await eventually(lambda: len(recorder.values) == 100)
        offsets = [d.offset for d in deliveries_of(recorder.batches) if d.partition == 0]
        assert offsets == list(range(len(offsets)))
        await committed(bench.log, topic, group, left=0)

    async def test_rewind_gives_earlier_records_first(self, bench: Bench) -> None:
        topic, group = make_topic(partitions=1), make_group()
        await bench.log.ensure_topics([topic])
        await bench.log.publish(topic.name, make_records(30))
        async with bench.log.subscribe(group, [topic.name]) as member:
            await read(member, 30)
            await member.commit({(topic.name, 0): 25})
        recorder, state = Recorder(), 10

        async def handler(batch: Batch) -> Sequence[DeadLetter]:
            nonlocal state
            if batch.start > state:
                raise Rewind(state)
            state = batch.next
            return await recorder(batch)

        async with running(make_consumer(bench.log, topic, handler, group)):
            await eventually(lambda: state == 30)
        assert recorder.values == list(range(10, 30))

    async def test_rewinds_that_do_not_help_are_tried_again(self, bench: Bench) -> None:
        topic, recorder, rewinds = make_topic(partitions=1), Recorder(), 0
        await bench.log.ensure_topics([topic])
        await bench.log.publish(topic.name, make_records(10))

        async def handler(batch: Batch) -> Sequence[DeadLetter]:
            nonlocal rewinds
            if rewinds < 4:
                rewinds += 1
                raise Rewind(0)
            return await recorder(batch)

        consumer = make_consumer(bench.log, topic, handler)
        async with running(consumer):
            await eventually(lambda: recorder.values == list(range(10)))
            assert consumer.health().last_error == "Rewind"

    async def test_any_other_error_ends_it(self, bench: Bench) -> None:
        topic, group = make_topic(), make_group()
        await bench.log.ensure_topics([topic])
        await bench.log.publish(topic.name, make_records(10))

        async def handler(batch: Batch) -> Sequence[DeadLetter]:
            raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            async with asyncio.timeout(20):
                await make_consumer(bench.log, topic, handler, group).run()
        await committed(bench.log, topic, group, left=10)

    async def test_stop_finishes_what_is_in_hand(self, bench: Bench) -> None:
        topic, group = make_topic(partitions=1), make_group()
        await bench.log.ensure_topics([topic])
        await bench.log.publish(topic.name, make_records(50))
        inside, go_on = asyncio.Event(), asyncio.Event()

        async def handler(batch: Batch) -> Sequence[DeadLetter]:
            inside.set()
            await go_on.wait()
            return ()

        consumer = make_consumer(bench.log, topic, handler, group)
        async with running(consumer) as task:
            await inside.wait()
            stopping = asyncio.create_task(consumer.stop(10.0))
            await asyncio.sleep(0.05)
            assert not stopping.done()
            go_on.set()
            async with asyncio.timeout(5):
                await stopping
                await task
        await committed(bench.log, topic, group, left=30)

    async def test_stop_leaves_what_takes_too_long(self, bench: Bench) -> None:
        topic, group = make_topic(partitions=1), make_group()
        await bench.log.ensure_topics([topic])
        await bench.log.publish(topic.name, make_records(10))
        inside = asyncio.Event()

        async def handler(batch: Batch) -> Sequence[DeadLetter]:
            inside.set()
            await asyncio.Event().wait()
            raise AssertionError

        consumer = make_consumer(bench.log, topic, handler, group)
        async with running(consumer) as task:
            await inside.wait()
            async with asyncio.timeout(5):
                await consumer.stop(0.1)
                await task
        await committed(bench.log, topic, group, left=10)

    async def test_stop_does_not_wait_for_a_store_that_is_away(self, bench: Bench) -> None:
        topic = make_topic(partitions=1)
        await bench.log.ensure_topics([topic])
        await bench.log.publish(topic.name, make_records(10))
        tried = asyncio.Event()

        async def handler(batch: Batch) -> Sequence[DeadLetter]:
            tried.set()
            raise Unavailable("the store is away")

        policy = replace(POLICY, retry=RetryPolicy(first=60.0, longest=60.0, jitter=0.0))
        consumer = make_consumer(bench.log, topic, handler, policy=policy)
        async with running(consumer) as task:
            await tried.wait()
            async with asyncio.timeout(10):
                await consumer.stop(30.0)
                await task

    async def test_what_comes_during_a_rest_is_handled_together(self, bench: Bench) -> None:
        topic, recorder = make_topic(partitions=1), Recorder()
        await bench.log.ensure_topics([topic])
        await bench.log.publish(topic.name, make_records(1))
        consumer = make_consumer(bench.log, topic, recorder, policy=replace(POLICY, linger=0.5))
        async with running(consumer):
            await eventually(lambda: len(recorder.values) == 1)
            for number in range(1, 16):
                await bench.log.publish(topic.name, make_records(1, first=number))
            await eventually(lambda: len(recorder.values) == 16)
        # A log may have read the first of them ahead.
        assert len(recorder.batches) <= 3

    async def test_who_is_behind_does_not_rest(self, bench: Bench) -> None:
        topic, full, old = make_topic(partitions=1), Recorder(), Recorder()
        await bench.log.ensure_topics([topic])
        await bench.log.publish(topic.name, make_records(3 * POLICY.batch_size))
        policy = replace(POLICY, linger=60.0)
        async with running(make_consumer(bench.log, topic, full, policy=policy)):
            await eventually(lambda: len(full.values) == 60)
        policy = replace(policy, batch_size=59, longest_behind=-1.0)
        async with running(make_consumer(bench.log, topic, old, policy=policy)):
            await eventually(lambda: len(old.values) == 60)

    async def test_who_rests_stops_and_gives_away_at_once(self, bench: Bench) -> None:
        topic, group = make_topic(), make_group()
        await bench.log.ensure_topics([topic])
        await bench.log.publish(topic.name, make_records(4))
        one, other = Recorder(), Recorder()
        resting = make_consumer(bench.log, topic, one, group, replace(POLICY, linger=60.0))
        async with running(resting):
            await eventually(lambda: bool(one.values))
            async with running(make_consumer(bench.log, topic, other, group)) as task:
                await bench.log.publish(topic.name, make_records(40, first=4))
                await eventually(lambda: bool(other.values))
                assert not task.done()
            async with asyncio.timeout(5):
                await resting.stop(5.0)

    async def test_another_consumer_takes_over(self, bench: Bench) -> None:
        topic, group = make_topic(), make_group()
        await bench.log.ensure_topics([topic])
        one, other = Recorder(), Recorder()
        staying = make_consumer(bench.log, topic, other, group)
        async with running(make_consumer(bench.log, topic, one, group)):
            await bench.log.publish(topic.name, make_records(100))
            await eventually(lambda: len(one.values) == 100)
            staying_task = asyncio.create_task(staying.run())
        await bench.log.publish(topic.name, make_records(100, first=100))
        await eventually(lambda: set(other.values) >= set(range(100, 200)))
        await staying.stop(5.0)
        await staying_task
        await committed(bench.log, topic, group, left=0)

    async def test_health_tells_of_progress(self, bench: Bench) -> None:
        topic, recorder = make_topic(), Recorder()
        await bench.log.ensure_topics([topic])
        await bench.log.publish(topic.name, make_records(100))
        consumer = make_consumer(bench.log, topic, recorder)
        async with running(consumer):
            await eventually(lambda: len(recorder.values) == 100)
            await eventually(lambda: list(consumer.health().lag.values()) == [0] * 4)
            health = consumer.health()
            assert len(health.assigned) == 4
            assert health.healthy(within=5.0)
            await consumer.check()


class ConsumerOutageSuite:
    async def test_a_consumer_outlives_the_log(self, bench: Bench) -> None:
        topic, group, recorder = make_topic(partitions=2), make_group(), Recorder()
        await bench.log.ensure_topics([topic])
        await bench.log.publish(topic.name, make_records(50))
        consumer = make_consumer(bench.log, topic, recorder, group)
        async with running(consumer) as task:
            await eventually(lambda: len(recorder.values) == 50)
            async with bench.outage():
                with pytest.raises(Unavailable):
                    await bench.log.publish(topic.name, make_records(1, first=50))
            assert not task.done()

            async def published() -> bool:
                try:
                    await bench.log.publish(topic.name, make_records(50, first=50))
                except Unavailable:
                    return False
                return True

            await eventually(published)
            await eventually(lambda: set(recorder.values) == set(range(100)))
            await eventually(lambda: consumer.health().healthy(within=1.0))
        await committed(bench.log, topic, group, left=0)
