"""The embedded log: the behaviour suites, and what only it has to show."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.clock import ManualClock, SystemClock
from shared.contracts.topics import Topic
from shared.messaging.ports import Delivery, Record
from shared.messaging.sqlite_log import SqliteLog, open_sqlite_log
from shared.storage.sqlite import Database, T, Work
from tests.shared.messaging.bench import (
    deliveries_of,
    make_group,
    make_records,
    make_topic,
    read,
    read_all,
    values_of,
)
from tests.shared.messaging.consumer_suite import ConsumerOutageSuite, ConsumerSuite
from tests.shared.messaging.log_suite import (
    CleaningSuite,
    GroupSuite,
    KillSuite,
    OutageSuite,
    PublishingSuite,
    ReadingSuite,
)


class SqliteBench:
    """A log in a file, with a clock that the test moves."""

    def __init__(self, path: Path, log: SqliteLog, clock: ManualClock) -> None:
        self.path = path
        self.log = log
        self.clock = clock
        self.address: Sequence[str] = ("sqlite", str(path))

    @asynccontextmanager
    async def outage(self) -> AsyncIterator[None]:
        other = sqlite3.connect(self.path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        try:
            yield
        finally:
            other.execute("ROLLBACK")
            other.close()

    async def expire(self, topic: Topic) -> None:
        self.clock.advance(topic.retention + timedelta(milliseconds=1))
        await self.log.maintain()

    async def compact(self, topic: Topic) -> None:
        await self.expire(topic)


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[SqliteBench]:
    clock, path = ManualClock(SystemClock().now()), tmp_path / "log.sqlite"
    async with open_sqlite_log(path, clock, busy_timeout=0.1) as log:
        yield SqliteBench(path, log, clock)


class TestPublishing(PublishingSuite): ...


class TestReading(ReadingSuite): ...


class TestGroups(GroupSuite): ...


class TestCleaning(CleaningSuite): ...


class TestOutage(OutageSuite, ConsumerOutageSuite): ...


class TestKill(KillSuite): ...


class TestConsumer(ConsumerSuite): ...


class TestFile:
    async def test_a_log_abandoned_without_close_goes_on(self, tmp_path: Path) -> None:
        path, topic, group = tmp_path / "log.sqlite", make_topic(partitions=1), make_group()
        abandoned = open_sqlite_log(path, SystemClock())
        log = await abandoned.__aenter__()
        await log.ensure_topics([topic])
        await log.publish(topic.name, make_records(5))
        async with log.subscribe(group, [topic.name]) as member:
            await read(member, 5)
            await member.commit({(topic.name, 0): 3})
        async with open_sqlite_log(path, SystemClock()) as again:
            await again.publish(topic.name, make_records(2, first=5))
            async with again.subscribe(group, [topic.name]) as member:
                found = deliveries_of(await read(member, 4))
        await abandoned.__aexit__(None, None, None)
        assert [(d.offset, d.value) for d in found] == [(n, b"%d" % n) for n in range(3, 7)]

    async def test_a_publisher_that_goes_away_harms_no_other(self, bench: SqliteBench) -> None:
        topic = make_topic(partitions=1)
        await bench.log.ensure_topics([topic])
        leaving = asyncio.create_task(bench.log.publish(topic.name, make_records(1)))
        staying = asyncio.create_task(bench.log.publish(topic.name, make_records(1, first=1)))
        await asyncio.sleep(0)
        leaving.cancel()
        await staying
        assert 1 in values_of(await read_all(bench.log, topic, 2))

    async def test_a_seek_while_the_thread_reads_wins(self, bench: SqliteBench) -> None:
        topic = make_topic(partitions=1)
        await bench.log.ensure_topics([topic])
        await bench.log.publish(topic.name, make_records(10))
        async with bench.log.subscribe(make_group(), [topic.name]) as member:
            await read(member, 10)
            await member.seek(topic.name, 0, 0)
            fetch = asyncio.create_task(member.fetch(100, 5.0))
            await asyncio.sleep(0)
            await member.seek(topic.name, 0, 5)
            assert values_of(list(await fetch)) == [5, 6, 7, 8, 9]

    async def test_a_batch_of_large_records_is_shorter(self, bench: SqliteBench) -> None:
        topic = make_topic(partitions=1)
        await bench.log.ensure_topics([topic])
        await bench.log.publish(topic.name, [Record(b"k", b"x" * 900_000) for _ in range(12)])
        batches = await read_all(bench.log, topic, 12)
        assert [len(batch.deliveries) for batch in batches] == [5, 5, 2]
        assert [batch.start for batch in batches] == [0, 5, 10]


class TestMaintenance:
    async def test_only_what_is_old_enough_goes(self, bench: SqliteBench) -> None:
        topic = make_topic(partitions=1, retention=timedelta(hours=2))
        await bench.log.ensure_topics([topic])
        for first in (0, 5, 10):
            await bench.log.publish(topic.name, make_records(5, first=first))
            bench.clock.advance(timedelta(hours=1))
        await bench.log.maintain()
        assert values_of(await read_all(bench.log, topic, 10)) == list(range(5, 15))

    async def test_a_clock_set_back_makes_no_hole(self, bench: SqliteBench) -> None:
        topic = make_topic(partitions=1, retention=timedelta(hours=2))
        await bench.log.ensure_topics([topic])
        for first, hours in ((0, -2), (5, 1), (10, 2)):
            await bench.log.publish(topic.name, make_records(5, first=first))
            bench.clock.advance(timedelta(hours=hours))
        await bench.log.maintain()
        assert values_of(await read_all(bench.log, topic, 15)) == list(range(15))

    async def test_a_young_tombstone_stays_for_those_who_read_late(
        self, bench: SqliteBench
    ) -> None:
        topic = make_topic(partitions=1, cleanup="compact", retention=timedelta(hours=2))
        await bench.log.ensure_topics([topic])
        await bench.log.publish(topic.name, [Record(b"k", b"1"), Record(b"k", None)])
        bench.clock.advance(timedelta(hours=2))
        await bench.log.maintain()
        (tombstone,) = deliveries_of(await read_all(bench.log, topic, 1))
        assert (tombstone.offset, tombstone.value) == (1, None)

    async def test_no_lag_is_left_where_nothing_is_left_to_read(self, bench: SqliteBench) -> None:
        topic = make_topic(partitions=1, cleanup="compact", retention=timedelta(hours=2))
        await bench.log.ensure_topics([topic])
        await bench.log.publish(topic.name, [Record(b"k", b"1")])
        async with bench.log.subscribe(make_group(), [topic.name]) as member:
            await read(member, 1)
            await bench.log.publish(topic.name, [Record(b"k", None)])
            assert await member.lag() == {(topic.name, 0): 1}
            await bench.expire(topic)
            assert await member.lag() == {(topic.name, 0): 0}

    async def test_it_is_put_off_while_the_file_is_locked(self, bench: SqliteBench) -> None:
        topic = make_topic(partitions=1)
        await bench.log.ensure_topics([topic])
        await bench.log.publish(topic.name, make_records(3))
        async with bench.outage():
            await bench.expire(topic)
        assert values_of(await read_all(bench.log, topic, 3)) == [0, 1, 2]

    @settings(max_examples=30, deadline=None)
    @given(
        st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from([None, "1", "2"])), max_size=30)
    )
    def test_compaction_changes_no_keys_last_value(
        self, writes: Sequence[tuple[str, str | None]]
    ) -> None:
        with TemporaryDirectory() as folder:
            found = asyncio.run(_compacted(Path(folder) / "log.sqlite", writes))
        last = dict(writes)
        kept = [(d.key.decode(), d.value and d.value.decode()) for d in found[:-1]]
        assert dict(kept) == {key: value for key, value in last.items() if value is not None}
        assert len(kept) == len(dict(kept))
        offsets = [delivery.offset for delivery in found]
        assert offsets == sorted(offsets)
        assert offsets[-1] == len(writes)


class CountingDatabase(Database):
    """Counts the transactions that write."""

    def __init__(self, database: Database) -> None:
        super().__init__(database._writer, database._reader)
        self.transactions = 0

    async def run(self, work: Work[T]) -> T:
        self.transactions += 1
        return await super().run(work)


def insert(connection: sqlite3.Connection, number: int) -> None:
    connection.execute("INSERT INTO t VALUES (?)", (number,))


async def _compacted(path: Path, writes: Sequence[tuple[str, str | None]]) -> list[Delivery]:
    clock, topic = ManualClock(SystemClock().now()), make_topic(partitions=1, cleanup="compact")
    async with open_sqlite_log(path, clock) as log:
        await log.ensure_topics([topic])
        for key, value in writes:
            record = Record(key.encode(), None if value is None else value.encode())
            await log.publish(topic.name, [record])
        clock.advance(topic.retention + timedelta(seconds=1))
        await log.maintain()
        await log.publish(topic.name, [Record(b"end", b"-")])
        found: list[Delivery] = []
        async with log.subscribe(make_group(), [topic.name]) as member:
            while not found or found[-1].key != b"end":
                found += deliveries_of(await read(member, 1))
        return found
