"""The message log as services see it; adapters pass tests/shared/messaging/log_suite.py."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol

from msgspec import Struct

from shared.contracts.topics import Topic

Headers = Sequence[tuple[str, bytes]]

MAX_RECORD_BYTES = 1_000_000
"""Key, value and headers together; Kafka's own default is 1 MiB with the frame around it."""
MAX_DEAD_LETTER_BYTES = 2_000_000
"""More, so that any record can go to the dead letters with the reason in its headers."""


class Record(Struct, frozen=True, gc=False):
    """What is published. The key decides the partition; a value of None is a tombstone."""

    key: bytes
    value: bytes | None
    headers: Headers = ()


class Delivery(Struct, frozen=True, gc=False):
    """A record as it stands in the log. `timestamp` is milliseconds since the epoch."""

    topic: str
    partition: int
    offset: int
    timestamp: int
    key: bytes
    value: bytes | None
    headers: Headers = ()


@dataclass(frozen=True, slots=True)
class Batch:
    """One or more deliveries of one partition, in order of offset (compaction may leave gaps).

    `start` is the position the reader stood at (<= first offset), `next` the one after the last.
    """

    topic: str
    partition: int
    start: int
    next: int
    deliveries: Sequence[Delivery]


class Publisher(Protocol):
    """Writes records. Safe for concurrent use by tasks of one event loop."""

    async def publish(self, topic: str, records: Sequence[Record]) -> None:
        """Append `records`, in order per key; durable once this returns.

        Raises Unavailable when durability could not be established in time: any part of the
        records may or may not have been written, so the caller repeats all of them. Raises
        Invalid for a record larger than MAX_RECORD_BYTES.
        """


class Subscription(Protocol):
    """One member of a consumer group. One `fetch` at a time; the rest may be called meanwhile.

    For a partition that is not (or no longer) this member's, every method does nothing.
    """

    def assigned(self) -> frozenset[tuple[str, int]]:
        """The (topic, partition) pairs that are this member's now."""

    async def fetch(self, max_records: int, timeout: float) -> Sequence[Batch]:
        """At most one batch a partition, each of at most `max_records`; empty after `timeout` s.

        Starts at the group's committed position, or at the beginning of the log. A partition is
        read on from where it was read to, not from where it was committed. Raises Unavailable.
        """

    async def commit(self, positions: Mapping[tuple[str, int], int]) -> None:
        """Keep for (topic, partition) the position to go on from after a restart.

        A position of a partition that has moved to another member is dropped silently: that
        member reads the records again. Raises Unavailable.
        """

    async def seek(self, topic: str, partition: int, position: int) -> None:
        """Read this partition from `position` next."""

    def pause(self, topic: str, partition: int) -> None:
        """Leave the partition out of `fetch` until `resume`, even if it goes and comes back."""

    def resume(self, topic: str, partition: int) -> None:
        """Take the partition in again."""

    async def lag(self) -> Mapping[tuple[str, int], int]:
        """Offsets between the read position and the end, per assigned partition; asks the log.

        Raises Unavailable, so it also tells whether the log can be reached.
        """


class MessageLog(Publisher, Protocol):
    """Topics with partitions, records with positions, groups with committed positions."""

    async def ensure_topics(self, topics: Sequence[Topic]) -> None:
        """Create what is missing, `<name>-dlt` included; never changes what exists."""

    def subscribe(
        self, group: str, topics: Sequence[str]
    ) -> AbstractAsyncContextManager[Subscription]:
        """Join `group`. Leaving the context leaves the group at once."""

    async def ping(self) -> None:
        """Raise Unavailable if the log can't be reached."""
