"""Acts are accepted while the topic is away, and none is lost on the way back."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from services.events.ports.stores import Stores
from services.events.storage.sqlite.opening import open_sqlite_stores
from services.events.use_cases.spooling import SpoolActs
from shared.clock import ManualClock
from shared.config import Settings
from shared.contracts.cloudevents import CloudEvent
from shared.errors import Unavailable
from tests.services.events.builders import NOW, make_event

CAPACITY = 3


@dataclass
class Topic:
    """A topic that is there, away, or silent."""

    state: str = "there"
    asked: int = 0
    taken: list[str] = field(default_factory=list)

    async def publish(self, events: Sequence[CloudEvent]) -> None:
        self.asked += 1
        if self.state == "silent":
            await asyncio.Event().wait()
        if self.state == "away":
            raise Unavailable("away")
        self.taken += [event.id for event in events]


@dataclass
class Bench:
    topic: Topic
    stores: Stores
    spooled: SpoolActs
    woken: list[None]
    told: list[int]


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    settings = Settings(spool_capacity=CAPACITY)
    async with open_sqlite_stores(tmp_path / "events.sqlite", settings) as stores:
        topic, woken, told = Topic(), list[None](), list[int]()
        spooled = SpoolActs(
            topic,
            stores.spool,
            ManualClock(NOW),
            patience=0.05,
            capacity=CAPACITY,
            wake=lambda: woken.append(None),
            told=told.append,
        )
        yield Bench(topic, stores, spooled, woken, told)


async def test_nothing_is_spooled_while_the_topic_answers(bench: Bench) -> None:
    await bench.spooled.publish([make_event(id="1")])
    assert bench.topic.taken == ["1"]
    assert await bench.stores.spool.count() == 0
    assert bench.woken == []


@pytest.mark.parametrize("state", ["away", "silent"])
async def test_what_the_topic_does_not_take_waits_and_is_sent_on(bench: Bench, state: str) -> None:
    bench.topic.state = state
    await bench.spooled.publish([make_event(id="1")])
    await bench.spooled.publish([make_event(id="2")])
    assert bench.topic.asked == 1, "once away, the topic is not waited for again"
    assert len(bench.woken) == 2
    bench.topic.state = "there"
    assert await bench.spooled.drain()
    assert not await bench.spooled.drain()
    await bench.spooled.publish([make_event(id="3")])
    assert bench.topic.taken == ["1", "2", "3"]
    assert await bench.stores.spool.count() == 0
    assert bench.told[-1] == 0


async def test_acts_stay_in_the_spool_until_the_topic_has_them(bench: Bench) -> None:
    bench.topic.state = "away"
    await bench.spooled.publish([make_event(id="1")])
    with pytest.raises(Unavailable):
        await bench.spooled.drain()
    assert await bench.stores.spool.count() == 1
    await bench.spooled.publish([make_event(id="2")])
    assert await bench.stores.spool.count() == 2


async def test_a_full_spool_refuses_and_says_so(bench: Bench) -> None:
    bench.topic.state = "away"
    await bench.spooled.publish([make_event(id=str(n)) for n in range(CAPACITY - 1)])
    await bench.spooled.check()
    await bench.spooled.publish([make_event(id="last")])
    with pytest.raises(Unavailable):
        await bench.spooled.publish([make_event(id="one more")])
    with pytest.raises(Unavailable):
        await bench.spooled.check()
