"""The embedded log itself: topics, publishing, groups of one process, maintenance."""

import sqlite3
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import structlog

from shared.clock import Clock, epoch_ms
from shared.contracts.topics import Topic
from shared.errors import Unavailable
from shared.messaging.group_commit import GroupCommit
from shared.messaging.limits import check_sizes
from shared.messaging.ports import Record
from shared.messaging.sqlite_log import cleaning, rows
from shared.messaging.sqlite_log.groups import Group
from shared.messaging.sqlite_log.rows import StoredTopic
from shared.messaging.sqlite_log.subscription import SqliteSubscription
from shared.storage.sqlite import Database, open_database

Write = Callable[[sqlite3.Connection], None]

logger = structlog.get_logger()


class SqliteLog:
    """A MessageLog in one file, for the consumers of one process."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._writes = GroupCommit(self._write)
        self._clock = clock
        self._topics: dict[str, StoredTopic] = {}
        self._groups: dict[str, Group] = {}

    async def _write(self, writes: Sequence[Write]) -> None:
        def transact(connection: sqlite3.Connection) -> None:
            for write in writes:
                write(connection)

        await self._database.run(transact)

    async def ensure_topics(self, topics: Sequence[Topic]) -> None:
        dead_letters = [topic.dead_letters for topic in topics if topic.dead_letters]
        await self._writes.run(partial(rows.create_topics, topics=[*topics, *dead_letters]))
        await self.load_topics()

    async def load_topics(self) -> None:
        """Read the topics that the file has."""
        self._topics = await self._database.read(rows.load_topics)

    async def publish(self, topic: str, records: Sequence[Record]) -> None:
        if not records:
            return
        check_sizes(topic, records)
        stored, now = self._stored(topic), epoch_ms(self._clock.now())
        await self._writes.run(partial(rows.append, topic=stored, records=records, timestamp=now))
        for group in self._groups.values():
            group.wake(topic)

    @asynccontextmanager
    async def subscribe(
        self, group: str, topics: Sequence[str]
    ) -> AsyncIterator[SqliteSubscription]:
        stored = [self._stored(name) for name in topics]
        member = SqliteSubscription(self._database, self._writes, group, stored)
        members = self._groups.setdefault(group, Group())
        members.join(member)
        try:
            yield member
        finally:
            members.leave(member)

    async def ping(self) -> None:
        await self._database.run(lambda _: None)

    async def maintain(self) -> None:
        """Apply retention and compaction, to be called now and then; put off while locked."""
        now = epoch_ms(self._clock.now())
        try:
            for topic in list(self._topics.values()):
                deleted = await cleaning.clean(self._database, topic, now)
                if deleted:
                    logger.info("log_cleaned", topic=topic.name, deleted=deleted)
            await self._database.scrub()
        except Unavailable as error:
            logger.warning("log_cleaning_put_off", reason=str(error))

    async def finish_writing(self) -> None:
        """Wait for what is being written."""
        await self._writes.finish()

    def _stored(self, topic: str) -> StoredTopic:
        if topic not in self._topics:
            raise Unavailable(f"there is no topic {topic}")
        return self._topics[topic]


@asynccontextmanager
async def open_sqlite_log(
    path: Path, clock: Clock, busy_timeout: float = 5.0
) -> AsyncIterator[SqliteLog]:
    """The log in the file at `path`, made where missing. Raises Unavailable."""
    async with open_database(path, rows.MIGRATIONS, busy_timeout) as database:
        log = SqliteLog(database, clock)
        await log.load_topics()
        try:
            yield log
        finally:
            await log.finish_writing()
