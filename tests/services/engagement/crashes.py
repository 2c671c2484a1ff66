"""Histories read from partitions by consumers that crash, lose their partitions or their commits,
and go on writing after that; every step that fails is tried again, as the consumer loop does."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from random import Random
from typing import cast

from services.engagement.domain.act import Act
from services.engagement.domain.customer import CustomerRecord
from services.engagement.domain.decay import DAY_MS
from services.engagement.domain.ledger import Entry
from services.engagement.ports.customers import CustomerStore
from services.engagement.ports.moments import MomentStore
from services.engagement.ports.scores import Advance, Decide, ScoreStore
from services.engagement.use_cases.scoring import ScoreActs
from shared.clock import ManualClock
from shared.errors import Unavailable
from shared.messaging.handler import Rewind
from tests.services.engagement.domain.moments.world import EVERYTHING
from tests.services.engagement.histories import CUSTOMERS, Step

TOPIC = "acts"
PARTITIONS = 2
FAULTS = 0.25
RULES = replace(EVERYTHING, announce_within=1000 * DAY_MS)
CLOCK = ManualClock(datetime(2026, 12, 1, tzinfo=UTC))


@dataclass(slots=True)
class Faulty:
    """A real store behind a line that breaks before or after what is asked has been done; and an
    announcer behind another such line. Nobody who asks can tell the one from the other."""

    scores: ScoreStore
    customers: CustomerStore
    moments: MomentStore
    random: Random
    broken: bool = True
    announced: set[str] = field(default_factory=set)

    async def position(self, topic: str, partition: int) -> int | None:
        self.may_break()
        return await self.scores.position(topic, partition)

    async def apply(self, advance: Advance, acts: Sequence[Act], decide: Decide) -> Sequence[Entry]:
        self.may_break()
        entries = await self.scores.apply(advance, acts, decide)
        self.may_break()
        return entries

    async def keep(self, record: CustomerRecord) -> None:
        """Until it is known to be kept."""
        while True:
            try:
                self.may_break()
                await self.customers.keep([record])
                self.may_break()
            except Unavailable:
                continue
            return

    async def scored(self, entries: Sequence[tuple[Act, Entry]]) -> None:
        self.may_break()
        self.announced |= {act.key for act, _ in entries}
        self.may_break()

    def may_break(self) -> None:
        """Raises Unavailable, now and then."""
        if self.broken and self.random.random() < FAULTS:
            raise Unavailable("the line broke")

    def member(self) -> ScoreActs:
        """A consumer that remembers nothing."""
        return ScoreActs(cast(ScoreStore, self), self, RULES, CLOCK)


@dataclass(slots=True)
class Reader:
    """A member that believes to have a partition, and reads on from `at`."""

    score: ScoreActs
    at: int


class Reading:
    """The acts of a history in their partitions, what the group has committed, and who reads."""

    def __init__(self, steps: Sequence[Step], line: Faulty) -> None:
        self._line = line
        self._random = line.random
        self._log: list[list[Act]] = [[] for _ in range(PARTITIONS)]
        self._committed = [0] * PARTITIONS
        for step in steps:
            for act in () if isinstance(step, CustomerRecord) else step:
                self._log[CUSTOMERS.index(act.origin) % PARTITIONS].append(act)
        self._owners = [Reader(line.member(), 0) for _ in range(PARTITIONS)]
        self._zombies: list[tuple[int, Reader]] = []

    async def go_on(self) -> None:
        """One step of somebody, chosen by chance."""
        partition = self._random.randrange(PARTITIONS)
        match self._random.randrange(6):
            case 0:
                self._rebalance(partition)
            case 1 if self._zombies:
                partition, zombie = self._random.choice(self._zombies)
                await self._read(partition, zombie)
            case _:
                owner = self._owners[partition]
                if await self._read(partition, owner) and self._random.random() > FAULTS:
                    self._committed[partition] = max(owner.at, self._committed[partition])

    async def finish(self) -> None:
        """With a line that holds, until all is read."""
        self._line.broken = False
        for partition, acts in enumerate(self._log):
            self._rebalance(partition)
            while self._owners[partition].at < len(acts):
                await self._read(partition, self._owners[partition])

    def told(self) -> set[str]:
        """Keys of all acts."""
        return {act.key for acts in self._log for act in acts}

    def _rebalance(self, partition: int) -> None:
        # Whoever had it does not know yet, and may have crashed or not.
        self._zombies.append((partition, self._owners[partition]))
        self._owners[partition] = Reader(self._line.member(), self._committed[partition])

    async def _read(self, partition: int, reader: Reader) -> bool:
        start = reader.at
        acts = self._log[partition][start : start + self._random.randint(1, 4)]
        try:
            await reader.score(TOPIC, partition, start, start + len(acts), acts)
        except Unavailable:
            return False
        except Rewind as asked:
            reader.at = asked.position
            return False
        reader.at = start + len(acts)
        return True


async def live_through(steps: Sequence[Step], line: Faulty) -> None:
    """Read a history to its end, whatever fails on the way. Records of customers come in the order
    of their revisions, some of them again, as their topic has them."""
    reading = Reading(steps, line)
    told = {step for step in steps if isinstance(step, CustomerRecord)}
    records = sorted(told, key=lambda record: record.revision)
    read = 0
    for _ in range(2 * len(steps)):
        for _ in range(line.random.randint(1, 4)):
            await reading.go_on()
        if records and line.random.random() < 0.5:
            read -= line.random.randint(0, read) if line.random.random() < FAULTS else 0
            for record in records[read : read + 1]:
                await line.keep(record)
                read += 1
    await reading.finish()
    for record in records[read:]:
        await line.keep(record)
    assert line.announced == reading.told()
