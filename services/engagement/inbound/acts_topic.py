"""requite.acts.v1: records become acts, acts become scores."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Protocol

from services.engagement.domain.act import Act
from services.engagement.inbound.written_act import write_act
from services.engagement.use_cases.scoring import ScoreActs
from shared.clock import Clock
from shared.contracts.acts import short_name
from shared.contracts.acts_reader import ActsReader
from shared.contracts.cloudevents import CloudEvent, kafka_binding
from shared.messaging.handler import DeadLetter
from shared.messaging.ports import Batch, Delivery
from shared.messaging.reading import read_each

ReadAct = Callable[[CloudEvent, bytes], Act | None]
"""Makes an act of the event of a record with that key, None of one that is not to be scored.
Raises Invalid."""


_kind_of = lru_cache(maxsize=256)(short_name)  # of the types in the catalogue, which are few


class ActsOfTopic(Protocol):
    """Knows what on a topic is an act."""

    def at(self, now: datetime) -> ReadAct: ...


class ActsTopic:
    """Scores each batch; refuses what is no act, can't have happened by now or is under another's
    key."""

    def __init__(self, score: ScoreActs, clock: Clock, acts: ActsOfTopic) -> None:
        self._score = score
        self._clock = clock
        self._acts = acts

    async def __call__(self, batch: Batch) -> Sequence[DeadLetter]:
        read_act = self._acts.at(self._clock.now())

        def read(delivery: Delivery) -> Act | None:
            return read_act(kafka_binding.decode(delivery.headers, delivery.value), delivery.key)

        # In a thread, so that a large batch does not hold up those who read scores meanwhile.
        acts_read, refused = await asyncio.to_thread(read_each, batch.deliveries, read)
        await self._score(batch.topic, batch.partition, batch.start, batch.next, acts_read)
        return refused


class ReadActs:
    """Reads requite.acts.v1, on which everything has to be an act."""

    def __init__(self, reader: ActsReader) -> None:
        self._reader = reader

    def at(self, now: datetime) -> ReadAct:
        """What reads the event of a record at `now`; it raises Invalid."""
        tell = self._reader.at(now)

        def read(event: CloudEvent, key: bytes) -> Act:
            return write_act(tell(event, key), _kind_of(event.type), event.data or b"")

        return read
