"""How a message log behaves, whichever it is; adapters' test modules inherit these classes."""

import asyncio
from collections import defaultdict
from datetime import timedelta

import pytest

from shared.clock import SystemClock, epoch_ms
from shared.errors import Invalid, Unavailable
from shared.messaging.partitioner import partition_for
from shared.messaging.ports import MAX_RECORD_BYTES, Delivery, Record
from tests.shared.messaging.bench import (
    Bench,
    deliveries_of,
    ends_of,
    eventually,
    killed_after,
    make_group,
    make_records,
    make_topic,
    read,
    read_all,
    values_of,
)


class PublishingSuite:
    """What is written is what is read."""

    async def test_records_come_back_byte_for_byte(self, bench: Bench) -> None:
        topic = make_topic(partitions=1)
        await bench.log.ensure_topics([topic])
        records = [
            Record(
                b"a", b"\x00\xff{}", [("ce_id", "Grüße".encode()), ("ce_id", b""), ("é", b"\x00")]
            ),
            Record(b"\xff\x00", b""),
            Record(b"a", None, [("why", b"erased")]),
        ]
        await bench.log.publish(topic.name, records)
        found = deliveries_of(await read_all(bench.log, topic, 3))
        assert [(d.key, d.value, list(d.headers)) for d in found] == [
            (r.key, r.value, list(r.headers)) for r in records
        ]
        assert [d.offset for d in found] == [0, 1, 2]
        now = epoch_ms(SystemClock().now())
        assert all(now - 60_000 < d.timestamp <= now for d in found)

    async def test_a_key_has_one_partition_and_one_order(self, bench: Bench) -> None:
        topic = make_topic()
        await bench.log.ensure_topics([topic])
        for records in (make_records(300), make_records(3, first=300), make_records(1, first=303)):
            await bench.log.publish(topic.name, records)
        found = deliveries_of(await read_all(bench.log, topic, 304))
        assert sorted(int(d.value or b"") for d in found) == list(range(304))
        order = defaultdict(list)
        for delivery in found:
            assert delivery.partition == partition_for(delivery.key, topic.partitions)
            order[delivery.key].append(int(delivery.value or b""))
        assert all(numbers == sorted(numbers) for numbers in order.values())

    async def test_batches_join_without_a_gap(self, bench: Bench) -> None:
        topic = make_topic()
        await bench.log.ensure_topics([topic])
        await bench.log.publish(topic.name, make_records(1000))
        position: dict[int, int] = defaultdict(int)
        for batch in await read_all(bench.log, topic, 1000):
            assert batch.start == position[batch.partition] == batch.deliveries[0].offset
            assert [d.offset for d in batch.deliveries] == list(range(batch.start, batch.next))
            position[batch.partition] = batch.next
        assert sum(position.values()) == 1000

    async def test_publishers_beside_each_other_lose_nothing(self, bench: Bench) -> None:
        topic = make_topic()
        await bench.log.ensure_topics([topic])
        await asyncio.gather(
            *(
                bench.log.publish(topic.name, make_records(count, first=first))
                for first, count in [(number, 1) for number in range(200)]
                + [(200 + 50 * number, 50) for number in range(20)]
            )
        )
        assert values_of(await read_all(bench.log, topic, 1200)) == list(range(1200))

    async def test_nothing_is_no_record(self, bench: Bench) -> None:
        topic = make_topic()
        await bench.log.ensure_topics([topic])
        await bench.log.publish(topic.name, [])
        await bench.log.publish(topic.name, make_records(1))
        assert values_of(await read_all(bench.log, topic, 1)) == [0]

    async def test_topics_are_created_once_with_their_dead_letters(self, bench: Bench) -> None:
        topic = make_topic(partitions=2)
        await bench.log.ensure_topics([topic])
        await bench.log.ensure_topics([make_topic(name=topic.name, partitions=7), topic])
        assert topic.dead_letters is not None
        await bench.log.publish(topic.dead_letters.name, make_records(1))
        async with bench.log.subscribe(make_group(), [topic.name]) as member:
            await eventually(lambda: len(member.assigned()) == 2)

    async def test_a_record_too_large_is_invalid_and_harms_no_other(self, bench: Bench) -> None:
        topic = make_topic(partitions=1)
        await bench.log.ensure_topics([topic])
        large = Record(b"k", b"x" * (MAX_RECORD_BYTES - 1))
        await bench.log.publish(topic.name, [*make_records(5), large])
        with pytest.raises(Invalid):
            await bench.log.publish(topic.name, [Record(b"k", b"x" * MAX_RECORD_BYTES)])
        assert topic.dead_letters is not None
        await bench.log.publish(topic.dead_letters.name, [Record(b"k", b"x" * 1_900_000)])
        assert len(deliveries_of(await read_all(bench.log, topic, 6))) == 6
        assert len(deliveries_of(await read_all(bench.log, topic.dead_letters, 1))) == 1

    async def test_a_topic_that_is_missing_is_unavailable(self, bench: Bench) -> None:
        with pytest.raises(Unavailable):
            await bench.log.publish(make_topic().name, make_records(1))

    async def test_the_log_answers(self, bench: Bench) -> None:
        await bench.log.ping()


class ReadingSuite:
    """One member of a group."""

    async def test_fetch_waits_for_records_but_not_for_ever(self, bench: Bench) -> None:
        topic = make_topic()
        await bench.log.ensure_topics([topic])
        async with bench.log.subscribe(make_group(), [topic.name]) as member:
            await eventually(lambda: len(member.assigned()) == 4)
            assert not await member.fetch(10, 0.1)
            fetch = asyncio.create_task(member.fetch(10, 60.0))
            await bench.log.publish(topic.name, make_records(1))
            async with asyncio.timeout(5):
                assert values_of(list(await fetch)) == [0]

    async def test_several_topics_are_read_beside_each_other(self, bench: Bench) -> None:
        one, two = make_topic(), make_topic()
        await bench.log.ensure_topics([one, two])
        await bench.log.publish(one.name, make_records(10))
        await bench.log.publish(two.name, make_records(10, first=10))
        async with bench.log.subscribe(make_group(), [one.name, two.name]) as member:
            batches = await read(member, 20)
        assert {batch.topic for batch in batches} == {one.name, two.name}
        assert values_of(batches) == list(range(20))

    async def test_reading_goes_on_from_where_it_was_read_to(self, bench: Bench) -> None:
        topic = make_topic(partitions=1)
        await bench.log.ensure_topics([topic])
        await bench.log.publish(topic.name, make_records(10))
        async with bench.log.subscribe(make_group(), [topic.name]) as member:
            first = await read(member, 4, max_records=4)
            await member.commit({(topic.name, 0): 2})
            rest = await read(member, 6)
        assert values_of(first) == [0, 1, 2, 3]
        assert values_of(rest) == [4, 5, 6, 7, 8, 9]

    async def test_a_group_goes_on_from_what_it_committed(self, bench: Bench) -> None:
        topic, group = make_topic(partitions=1), make_group()
        await bench.log.ensure_topics([topic])
        await bench.log.publish(topic.name, make_records(10))
        async with bench.log.subscribe(group, [topic.name]) as member:
            await read(member, 10)
            await member.commit({(topic.name, 0): 7})
        async with bench.log.subscribe(group, [topic.name]) as member:
            batches = await read(member, 3)
        assert values_of(batches) == [7, 8, 9]
        assert batches[0].start == 7

    async def test_a_reader_far_behind_is_given_small_batches(self, bench: Bench) -> None:
        topic = make_topic(partitions=2)
        await bench.log.ensure_topics([topic])
        for first in range(0, 3000, 500):
            await bench.log.publish(topic.name, make_records(500, first=first))
        async with bench.log.subscribe(make_group(), [topic.name]) as member:
            await eventually(lambda: len(member.assigned()) == 2)
            lag = sum((await member.lag()).values())
            batches = await read(member, 3000, max_records=100)
            assert sum((await member.lag()).values()) == 0
        assert lag == 3000
        assert max(len(batch.deliveries) for batch in batches) == 100
        assert values_of(batches) == list(range(3000))

    async def test_a_paused_partition_waits_and_the_others_go_on(self, bench: Bench) -> None:
        topic = make_topic(partitions=2)
        await bench.log.ensure_topics([topic])
        await bench.log.publish(topic.name, make_records(100))
        async with bench.log.subscribe(make_group(), [topic.name]) as member:
            member.pause(topic.name, 0)
            others = await read(member, 1)
            others += await member.fetch(500, 0.3)
            assert {batch.partition for batch in others} == {1}
            fetch = asyncio.create_task(member.fetch(500, 60.0))
            await asyncio.sleep(0)
            member.resume(topic.name, 0)
            async with asyncio.timeout(5):
                resumed = await fetch
        assert {batch.partition for batch in resumed} == {0}
        assert resumed[0].start == 0
        assert values_of([*others, *resumed]) == list(range(100))

    async def test_seek_goes_back_and_forth(self, bench: Bench) -> None:
        topic = make_topic(partitions=1)
        await bench.log.ensure_topics([topic])
        await bench.log.publish(topic.name, make_records(10))
        async with bench.log.subscribe(make_group(), [topic.name]) as member:
            await read(member, 10)
            for position in (3, 8):
                await member.seek(topic.name, 0, position)
                batches = await read(member, 10 - position)
                assert batches[0].start == position
                assert values_of(batches) == list(range(position, 10))

    async def test_partitions_of_others_are_left_alone(self, bench: Bench) -> None:
        topic, foreign, group = make_topic(partitions=1), make_topic(partitions=1), make_group()
        await bench.log.ensure_topics([topic, foreign])
        await bench.log.publish(foreign.name, make_records(3))
        async with bench.log.subscribe(group, [topic.name]) as member:
            await eventually(lambda: bool(member.assigned()))
            await member.commit({(foreign.name, 0): 2})
            await member.seek(foreign.name, 0, 2)
            assert not await member.fetch(10, 0.1)
        async with bench.log.subscribe(group, [foreign.name]) as member:
            assert values_of(await read(member, 3)) == [0, 1, 2]


class GroupSuite:
    """Several members, several groups."""

    async def test_every_group_reads_everything(self, bench: Bench) -> None:
        topic = make_topic()
        await bench.log.ensure_topics([topic])
        await bench.log.publish(topic.name, make_records(50))
        async with (
            bench.log.subscribe(make_group(), [topic.name]) as one,
            bench.log.subscribe(make_group(), [topic.name]) as other,
        ):
            both = await asyncio.gather(read(one, 50), read(other, 50))
        assert [values_of(batches) for batches in both] == [list(range(50))] * 2

    async def test_members_share_the_partitions_and_take_over(self, bench: Bench) -> None:
        topic, group = make_topic(), make_group()
        await bench.log.ensure_topics([topic])
        async with bench.log.subscribe(group, [topic.name]) as staying:
            await eventually(lambda: len(staying.assigned()) == 4)
            async with bench.log.subscribe(group, [topic.name]) as leaving:
                await eventually(lambda: len(staying.assigned()) == len(leaving.assigned()) == 2)
                assert not staying.assigned() & leaving.assigned()
                await bench.log.publish(topic.name, make_records(100))
                counts = {place: 0 for place in staying.assigned() | leaving.assigned()}
                for record in make_records(100):
                    counts[topic.name, partition_for(record.key, 4)] += 1
                first = await read(staying, sum(counts[p] for p in staying.assigned()))
                await staying.commit(ends_of(first))
                second = await read(leaving, sum(counts[p] for p in leaving.assigned()))
                half = second[: len(second) // 2]
                await leaving.commit(ends_of(half))
            await eventually(lambda: len(staying.assigned()) == 4)
            missing = 100 - len(deliveries_of(first)) - len(deliveries_of(half))
            taken_over = await read(staying, missing)
        assert values_of([*first, *half, *taken_over]) == list(range(100))


class CleaningSuite:
    """What the log forgets by itself."""

    async def test_retention_and_a_reader_that_stood_before_it(self, bench: Bench) -> None:
        topic = make_topic(partitions=1, retention=timedelta(seconds=1))
        group = make_group()
        await bench.log.ensure_topics([topic])
        await bench.log.publish(topic.name, make_records(10))
        async with bench.log.subscribe(group, [topic.name]) as member:
            await read(member, 10)
            await member.commit({(topic.name, 0): 4})
        await bench.expire(topic)
        await bench.log.publish(topic.name, make_records(3, first=10))
        async with bench.log.subscribe(group, [topic.name]) as member:
            found = deliveries_of(await read(member, 3))
        assert [d.offset for d in found] == [10, 11, 12]
        assert [int(d.value or b"") for d in found] == [10, 11, 12]

    async def test_compaction_keeps_the_last_of_each_key(self, bench: Bench) -> None:
        topic = make_topic(partitions=1, cleanup="compact", retention=timedelta(seconds=1))
        await bench.log.ensure_topics([topic])
        for value in range(5):
            records = [Record(b"key-%d" % key, b"%d" % (10 * value + key)) for key in range(4)]
            await bench.log.publish(topic.name, records)
        await bench.log.publish(topic.name, [Record(b"key-1", None), Record(b"key-2", b"99")])
        await bench.compact(topic)
        await bench.log.publish(topic.name, [Record(b"end", b"-")])
        found: list[Delivery] = []
        async with bench.log.subscribe(make_group(), [topic.name]) as member:
            while not found or found[-1].key != b"end":
                found += deliveries_of(await read(member, 1))
        kept = [(d.offset, d.key, d.value) for d in found if d.key.startswith(b"key")]
        assert kept == [(16, b"key-0", b"40"), (19, b"key-3", b"43"), (21, b"key-2", b"99")]


class OutageSuite:
    """The log goes away and comes back; nobody restarts anything."""

    async def test_publishers_and_readers_recover(self, bench: Bench) -> None:
        topic, group = make_topic(partitions=2), make_group()
        await bench.log.ensure_topics([topic])
        async with bench.log.subscribe(group, [topic.name]) as member:
            await bench.log.publish(topic.name, make_records(10))
            await member.commit(ends_of(await read(member, 10)))
            async with bench.outage():
                with pytest.raises(Unavailable):
                    await bench.log.publish(topic.name, make_records(10, first=10))
                with pytest.raises(Unavailable):
                    await bench.log.ping()

            async def published() -> bool:
                try:
                    await bench.log.publish(topic.name, make_records(10, first=20))
                except Unavailable:
                    return False
                return True

            await eventually(published)
            seen: set[int] = set()

            async def caught_up() -> bool:
                try:
                    seen.update(values_of(list(await member.fetch(500, 0.5))))
                except Unavailable:
                    return False
                return seen >= set(range(20, 30))

            await eventually(caught_up)

            async def commits() -> bool:
                try:
                    await member.commit({(topic.name, 0): 1})
                    return sum((await member.lag()).values()) == 0
                except Unavailable:
                    return False

            await eventually(commits)


class KillSuite:
    """Another process works on the log and is killed."""

    async def test_what_was_acknowledged_is_there(self, bench: Bench) -> None:
        topic = make_topic(partitions=2)
        await bench.log.ensure_topics([topic])
        lines = await killed_after(50, "publish", topic.name, "-", *bench.address)
        acknowledged = [int(line) for line in lines]
        batches = await read_all(bench.log, topic, len(acknowledged))
        assert acknowledged == list(range(len(acknowledged)))
        assert set(values_of(batches)) >= set(acknowledged)

    async def test_another_member_goes_on_from_what_was_committed(self, bench: Bench) -> None:
        topic, group = make_topic(partitions=1), make_group()
        await bench.log.ensure_topics([topic])
        await bench.log.publish(topic.name, make_records(12))
        lines = await killed_after(3, "consume", topic.name, group, *bench.address)
        assert lines == ["0 1 2", "3 4 5", "6 7 8"]
        async with bench.log.subscribe(group, [topic.name]) as member:
            batches = await read(member, 6)
        assert values_of(batches) == [6, 7, 8, 9, 10, 11]
