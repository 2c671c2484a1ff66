"""The embedded log's tables, and the statements that append to them and read from them."""

import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from itertools import groupby
from operator import itemgetter

import msgspec

from shared.contracts.topics import Topic
from shared.messaging.partitioner import partition_for
from shared.messaging.ports import Delivery, Headers, Record

Place = tuple[str, int]
"""(topic, partition)."""

# A record's id is its partition's row number and its offset in one integer, so that SQLite's own
# row id is the only index and a partition is one contiguous range of it.
OFFSET_BITS = 40

# Records are mostly small; this bounds the memory that a batch of large ones takes.
_BYTES_A_READ = 4_000_000

MIGRATIONS = [
    """
    CREATE TABLE topic (
        name TEXT PRIMARY KEY,
        partitions INTEGER NOT NULL,
        compacted INTEGER NOT NULL,
        retention_ms INTEGER NOT NULL
    );
    CREATE TABLE partition (
        id INTEGER PRIMARY KEY,
        topic TEXT NOT NULL REFERENCES topic,
        number INTEGER NOT NULL,
        next_offset INTEGER NOT NULL DEFAULT 0,
        UNIQUE (topic, number)
    );
    CREATE TABLE record (
        id INTEGER PRIMARY KEY,
        timestamp INTEGER NOT NULL,
        key BLOB NOT NULL,
        value BLOB,
        headers BLOB NOT NULL
    );
    CREATE TABLE position (
        consumer_group TEXT NOT NULL,
        topic TEXT NOT NULL,
        number INTEGER NOT NULL,
        next_offset INTEGER NOT NULL,
        PRIMARY KEY (consumer_group, topic, number)
    ) WITHOUT ROWID;
    """
]

_encode_headers = msgspec.msgpack.Encoder().encode
_decode_headers = msgspec.msgpack.Decoder(tuple[tuple[str, bytes], ...]).decode
_NO_HEADERS = _encode_headers(())


@dataclass(frozen=True, slots=True)
class Partition:
    """One partition's row."""

    id: int
    topic: str
    number: int

    @property
    def first_id(self) -> int:
        return self.id << OFFSET_BITS

    @property
    def last_id(self) -> int:
        return self.first_id + (1 << OFFSET_BITS) - 1


@dataclass(frozen=True, slots=True)
class StoredTopic:
    """One topic's row, with its partitions in order."""

    name: str
    compacted: bool
    retention_ms: int
    partitions: Sequence[Partition] = field(repr=False)


def create_topics(connection: sqlite3.Connection, topics: Sequence[Topic]) -> None:
    """Add what is missing."""
    for topic in topics:
        added = connection.execute(
            "INSERT INTO topic VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
            (
                topic.name,
                topic.partitions,
                topic.cleanup == "compact",
                round(topic.retention.total_seconds() * 1000),
            ),
        )
        if added.rowcount:
            connection.executemany(
                "INSERT INTO partition (topic, number) VALUES (?, ?)",
                [(topic.name, number) for number in range(topic.partitions)],
            )


def load_topics(connection: sqlite3.Connection) -> dict[str, StoredTopic]:
    """All topics by name."""
    rows = connection.execute("SELECT topic, id, number FROM partition ORDER BY topic, number")
    partitions = {
        topic: [Partition(id, topic, number) for _, id, number in group]
        for topic, group in groupby(rows, key=itemgetter(0))
    }
    return {
        name: StoredTopic(name, bool(compacted), retention_ms, partitions[name])
        for name, compacted, retention_ms in connection.execute(
            "SELECT name, compacted, retention_ms FROM topic"
        )
    }


def append(
    connection: sqlite3.Connection, topic: StoredTopic, records: Sequence[Record], timestamp: int
) -> None:
    """Add records at the ends of their partitions, in order."""
    ends: dict[Partition, int] = {}
    rows: list[tuple[int, int, bytes, bytes | None, bytes]] = []
    for record in records:
        partition = topic.partitions[partition_for(record.key, len(topic.partitions))]
        offset = ends.get(partition)
        if offset is None:
            offset = end_of(connection, partition)
        ends[partition] = offset + 1
        headers = _encode_headers(record.headers) if record.headers else _NO_HEADERS
        rows.append((partition.first_id + offset, timestamp, record.key, record.value, headers))
    connection.executemany("INSERT INTO record VALUES (?, ?, ?, ?, ?)", rows)
    connection.executemany(
        "UPDATE partition SET next_offset = ? WHERE id = ?",
        [(end, partition.id) for partition, end in ends.items()],
    )


def end_of(connection: sqlite3.Connection, partition: Partition) -> int:
    """The offset that the next record will have; never falls, also when records go."""
    (end,) = connection.execute(
        "SELECT next_offset FROM partition WHERE id = ?", (partition.id,)
    ).fetchone()
    return int(end)


def start_of(connection: sqlite3.Connection, partition: Partition) -> int:
    """The offset of the first record there is, or the end if there is none."""
    (first,) = connection.execute(
        "SELECT min(id) FROM record WHERE id BETWEEN ? AND ?",
        (partition.first_id, partition.last_id),
    ).fetchone()
    return end_of(connection, partition) if first is None else int(first - partition.first_id)


def behind(connection: sqlite3.Connection, partition: Partition, position: int) -> int:
    """Offsets from `position` to the end, or 0 if there is no record left between them."""
    row = connection.execute(
        "SELECT 1 FROM record WHERE id BETWEEN ? AND ? LIMIT 1",
        (partition.first_id + position, partition.last_id),
    ).fetchone()
    return 0 if row is None else end_of(connection, partition) - position


def read(
    connection: sqlite3.Connection, partition: Partition, position: int, limit: int
) -> list[Delivery]:
    """At most `limit` records from `position` on, and fewer where they are large."""
    rows = connection.execute(
        "SELECT id, timestamp, key, value, headers FROM record WHERE id BETWEEN ? AND ?"
        " ORDER BY id LIMIT ?",
        (partition.first_id + position, partition.last_id, limit),
    )
    topic, number, first = partition.topic, partition.number, partition.first_id
    found: list[Delivery] = []
    size = 0
    with closing(rows):
        for id, timestamp, key, value, headers in rows:
            found.append(
                Delivery(topic, number, id - first, timestamp, key, value, _headers(headers))
            )
            size += len(value or b"") + len(headers)
            if size > _BYTES_A_READ:
                break
    return found


def _headers(encoded: bytes) -> Headers:
    return () if encoded == _NO_HEADERS else _decode_headers(encoded)


def committed(connection: sqlite3.Connection, group: str, partition: Partition) -> int:
    """Where `group` goes on in `partition`; where the log begins if it has never been there."""
    row = connection.execute(
        "SELECT next_offset FROM position WHERE consumer_group = ? AND topic = ? AND number = ?",
        (group, partition.topic, partition.number),
    ).fetchone()
    return start_of(connection, partition) if row is None else int(row[0])


def commit(connection: sqlite3.Connection, group: str, positions: Mapping[Place, int]) -> None:
    """Keep where `group` goes on."""
    connection.executemany(
        "INSERT INTO position VALUES (?, ?, ?, ?)"
        " ON CONFLICT DO UPDATE SET next_offset = excluded.next_offset",
        [(group, topic, number, position) for (topic, number), position in positions.items()],
    )
