"""One member of a consumer group on the embedded log."""

import asyncio
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from functools import partial

from shared.messaging.group_commit import GroupCommit
from shared.messaging.ports import Batch, Delivery
from shared.messaging.sqlite_log import rows
from shared.messaging.sqlite_log.rows import Partition, Place, StoredTopic
from shared.storage.sqlite import Database


class SqliteSubscription:
    """A Subscription that is woken by publishers of its process.

    A partition goes from member to member at once, so that a batch which is still in hand is
    given to the new member as well: at least once.
    """

    def __init__(
        self,
        database: Database,
        writes: GroupCommit[Callable[[sqlite3.Connection], None]],
        group: str,
        topics: Sequence[StoredTopic],
    ) -> None:
        self.topics = {topic.name: topic for topic in topics}
        self._database = database
        self._writes = writes
        self._group = group
        self._partitions: Mapping[Place, Partition] = {}
        self._positions: dict[Place, int] = {}
        self._paused: set[Place] = set()
        self._woken = asyncio.Event()

    def assign(self, partitions: Mapping[Place, Partition]) -> None:
        """Have `partitions`; called by the group."""
        self._partitions = partitions
        self._positions = {p: at for p, at in self._positions.items() if p in partitions}
        self.wake()

    def wake(self) -> None:
        """Look again whether there is something to read."""
        self._woken.set()

    def assigned(self) -> frozenset[Place]:
        return frozenset(self._partitions)

    async def fetch(self, max_records: int, timeout: float) -> Sequence[Batch]:
        deadline = asyncio.get_running_loop().time() + timeout
        while True:
            self._woken.clear()
            batches = await self._read(max_records)
            if batches:
                return batches
            try:
                async with asyncio.timeout_at(deadline):
                    await self._woken.wait()
            except TimeoutError:
                return ()

    async def commit(self, positions: Mapping[Place, int]) -> None:
        ours = {place: at for place, at in positions.items() if place in self._partitions}
        if ours:
            await self._writes.run(partial(rows.commit, group=self._group, positions=ours))

    async def seek(self, topic: str, partition: int, position: int) -> None:
        if (topic, partition) in self._partitions:
            self._positions[topic, partition] = position
            self.wake()

    def pause(self, topic: str, partition: int) -> None:
        self._paused.add((topic, partition))

    def resume(self, topic: str, partition: int) -> None:
        self._paused.discard((topic, partition))
        self.wake()

    async def lag(self) -> Mapping[Place, int]:
        await self._find_positions(self._partitions)
        positions, partitions = dict(self._positions), dict(self._partitions)

        def measure(connection: sqlite3.Connection) -> Mapping[Place, int]:
            return {
                place: rows.behind(connection, partitions[place], position)
                for place, position in positions.items()
            }

        return await self._database.read(measure)

    async def _read(self, max_records: int) -> Sequence[Batch]:
        ready = {p: row for p, row in self._partitions.items() if p not in self._paused}
        await self._find_positions(ready)
        starts = {place: self._positions[place] for place in ready if place in self._positions}
        found = await self._database.read(partial(_read_all, ready, starts, max_records))
        # While the thread read, a partition may have been paused, sought or given away.
        return [
            self._advance(place, deliveries)
            for place, deliveries in found.items()
            if place not in self._paused and self._positions.get(place) == starts[place]
        ]

    async def _find_positions(self, partitions: Mapping[Place, Partition]) -> None:
        unknown = {p: row for p, row in partitions.items() if p not in self._positions}
        if not unknown:
            return

        def look_up(connection: sqlite3.Connection) -> Mapping[Place, int]:
            group = self._group
            return {p: rows.committed(connection, group, row) for p, row in unknown.items()}

        for place, position in (await self._database.read(look_up)).items():
            if place in self._partitions:
                self._positions.setdefault(place, position)

    def _advance(self, place: Place, deliveries: Sequence[Delivery]) -> Batch:
        start, end = self._positions[place], deliveries[-1].offset + 1
        self._positions[place] = end
        topic, partition = place
        return Batch(topic, partition, start, end, deliveries)


def _read_all(
    partitions: Mapping[Place, Partition],
    positions: Mapping[Place, int],
    max_records: int,
    connection: sqlite3.Connection,
) -> Mapping[Place, Sequence[Delivery]]:
    found = {
        place: rows.read(connection, partitions[place], position, max_records)
        for place, position in positions.items()
    }
    return {place: deliveries for place, deliveries in found.items() if deliveries}
