"""Retention and compaction of the embedded log."""

import sqlite3
from collections.abc import Sequence

from shared.messaging.sqlite_log.rows import Partition, StoredTopic
from shared.storage.sqlite import Database

_ROWS_A_SEARCH = 50_000
_ROWS_A_TRANSACTION = 5_000

# The first that is young enough ends the search, so that a clock set back never makes a hole.
_EXPIRED = """
    SELECT id FROM record WHERE id BETWEEN :first AND coalesce(
        (SELECT id FROM record
         WHERE id BETWEEN :first AND :last AND timestamp >= :before ORDER BY id LIMIT 1) - 1,
        :last)
"""
_SUPERSEDED = """
    SELECT id FROM record WHERE id BETWEEN :first AND :last AND id NOT IN
        (SELECT max(id) FROM record WHERE id BETWEEN :first AND :last GROUP BY key)
"""
_OLD_TOMBSTONES = """
    SELECT id FROM record
    WHERE id BETWEEN :first AND :last AND value IS NULL AND timestamp < :before
"""


async def clean(database: Database, topic: StoredTopic, now_ms: int) -> int:
    """Delete what `topic` need not keep at `now_ms`; the number of records deleted.

    What goes is looked up beside the writer and deleted in small transactions, so that publishers
    wait for none of it. That is safe: what is superseded or expired stays so. Superseded records
    go before the tombstone that covers them, or they would come to life again.
    """
    searches = [_SUPERSEDED, _OLD_TOMBSTONES] if topic.compacted else [_EXPIRED]
    before = now_ms - topic.retention_ms
    deleted = 0
    for partition in topic.partitions:
        for search in searches:
            while doomed := await _find(database, search, partition, before):
                await _delete(database, doomed)
                deleted += len(doomed)
    return deleted


async def _find(
    database: Database, search: str, partition: Partition, before: int
) -> Sequence[tuple[int]]:
    values = {"first": partition.first_id, "last": partition.last_id, "before": before}
    limited = f"{search} LIMIT {_ROWS_A_SEARCH}"
    return await database.read(lambda connection: connection.execute(limited, values).fetchall())


async def _delete(database: Database, doomed: Sequence[tuple[int]]) -> None:
    for start in range(0, len(doomed), _ROWS_A_TRANSACTION):
        chunk = doomed[start : start + _ROWS_A_TRANSACTION]

        def delete(connection: sqlite3.Connection, chunk: Sequence[tuple[int]] = chunk) -> None:
            connection.executemany("DELETE FROM record WHERE id = ?", chunk)

        await database.run(delete)
