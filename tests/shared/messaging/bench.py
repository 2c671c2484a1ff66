"""What the behaviour suites ask of an adapter's test module, and words they share."""

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, Protocol
from uuid import uuid4

from shared.clock import SystemClock
from shared.contracts.topics import Topic
from shared.messaging.kafka_log import KafkaOptions, open_kafka_log
from shared.messaging.ports import Batch, Delivery, MessageLog, Record, Subscription
from shared.messaging.sqlite_log import open_sqlite_log

PATIENCE = 30.0
"""Seconds after which something that should happen has not happened."""


class Bench(Protocol):
    """One adapter, with the means to make time pass and servers go away."""

    log: MessageLog
    address: Sequence[str]
    """Arguments of `open_log`, for another process."""

    def outage(self) -> AbstractAsyncContextManager[object]:
        """The log can't be written while the context is open."""

    async def expire(self, topic: Topic) -> None:
        """Let `topic.retention` pass and retention be applied to all that is there."""

    async def compact(self, topic: Topic) -> None:
        """Let `topic.retention` pass and compaction run over all that is there."""


@asynccontextmanager
async def open_log(kind: str, address: str) -> AsyncIterator[MessageLog]:
    """The log that a bench's `address` names."""
    if kind == "sqlite":
        async with open_sqlite_log(Path(address), SystemClock(), 10.0) as sqlite_log:
            yield sqlite_log
    else:
        options = KafkaOptions(address, session_timeout=3.0, drain_timeout=1.0)
        async with open_kafka_log(options) as kafka_log:
            yield kafka_log


def make_topic(**changes: Any) -> Topic:
    """A topic of a name that nobody else has."""
    values: dict[str, Any] = {
        "name": f"test.{uuid4().hex}",
        "says": "a test",
        "written_by": (),
        "read_by": (),
        "partitions": 4,
        "retention": timedelta(days=1),
    }
    return Topic(**(values | changes))


def make_group() -> str:
    """A group that nobody else is in."""
    return f"group-{uuid4().hex}"


def make_records(count: int, keys: int = 16, first: int = 0) -> list[Record]:
    """Records with values 0, 1, 2, … of keys that take turns."""
    return [
        Record(b"key-%d" % (number % keys), b"%d" % number)
        for number in range(first, first + count)
    ]


def deliveries_of(batches: Sequence[Batch]) -> list[Delivery]:
    """All deliveries in the order they came."""
    return [delivery for batch in batches for delivery in batch.deliveries]


def values_of(batches: Sequence[Batch]) -> list[int]:
    """The numbers in the values, lowest first."""
    return sorted(int(delivery.value or b"-1") for delivery in deliveries_of(batches))


async def read(
    member: Subscription, count: int, max_records: int = 500, *, commit: bool = False
) -> list[Batch]:
    """Batches until there have been `count` deliveries."""
    batches: list[Batch] = []
    async with asyncio.timeout(PATIENCE):
        while len(deliveries_of(batches)) < count:
            found = await member.fetch(max_records, 1.0)
            batches += found
            if commit:
                await member.commit({(b.topic, b.partition): b.next for b in found})
    return batches


async def read_all(log: MessageLog, topic: Topic, count: int) -> list[Batch]:
    """What a new group reads until there have been `count` deliveries."""
    async with log.subscribe(make_group(), [topic.name]) as member:
        return await read(member, count)


async def eventually(
    holds: Callable[[], Awaitable[bool] | bool], patience: float = PATIENCE
) -> None:
    """Wait until `holds()`; fail after `patience` seconds."""
    end = time.monotonic() + patience
    while True:
        answer = holds()
        if answer if isinstance(answer, bool) else await answer:
            return
        assert time.monotonic() < end, "it never came about"
        await asyncio.sleep(0.02)


def ends_of(batches: Sequence[Batch]) -> Mapping[tuple[str, int], int]:
    """The position after the last batch of each partition."""
    return {(batch.topic, batch.partition): batch.next for batch in batches}


async def killed_after(count: int, *arguments: str) -> list[str]:
    """Run killed_process.py, kill it once it has printed `count` lines; all that it printed."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.shared.messaging.killed_process",
        *arguments,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    try:
        async with asyncio.timeout(PATIENCE):
            lines = [await process.stdout.readline() for _ in range(count)]
    finally:
        process.kill()
        rest = await process.stdout.read()
        await process.wait()
    # A line that the kill has cut off has no end.
    whole = [line for line in rest.splitlines(keepends=True) if line.endswith(b"\n")]
    return [line.decode().strip() for line in [*lines, *whole]]
