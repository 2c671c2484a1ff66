"""What is saved is told, in order, once it can be."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from services.feedback.domain.announcement import Announcement
from services.feedback.ports import FeedbackStore
from services.feedback.relay import BATCH, Relay
from services.feedback.storage.sqlite import MIGRATIONS, SqliteFeedbackStore
from services.feedback.use_cases import OpenCases
from shared.errors import Unavailable
from shared.storage.sqlite import open_database
from tests.services.feedback.builders import make_complaint


@dataclass
class Topic:
    """Keeps what it is told; fails as often as `failures` says."""

    failures: int = 0
    told: list[str] = field(default_factory=list)
    failed: asyncio.Event = field(default_factory=asyncio.Event)
    told_something: asyncio.Event = field(default_factory=asyncio.Event)

    async def announce(self, announcements: Sequence[Announcement]) -> None:
        if self.failures:
            self.failures -= 1
            self.failed.set()
            raise Unavailable("the broker is away")
        self.told += [one.id for one in announcements]
        self.told_something.set()


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[FeedbackStore]:
    async with open_database(tmp_path / "feedback.sqlite", MIGRATIONS) as database:
        yield SqliteFeedbackStore(database)


async def save(store: FeedbackStore, relay: Relay, *ids: str) -> list[str]:
    """Open a case for each complaint; the ids of what is to be told."""
    cases = [make_complaint(id=one) for one in ids]
    for case in cases:
        await OpenCases(store, relay.wake)(case)
    return [f"{case.id}.opened" for case in cases]


async def test_what_could_not_be_told_stays_and_keeps_its_order(store: FeedbackStore) -> None:
    topic = Topic(failures=1)
    relay = Relay(store, topic)
    first = await save(store, relay, "1", "2")
    with pytest.raises(Unavailable):
        await relay.drain()
    second = await save(store, relay, "3")
    await relay.drain()
    assert topic.told == first + second
    await relay.drain()
    assert topic.told == first + second
    assert await store.pending(10) == []


async def test_what_was_told_but_not_crossed_out_is_told_again_with_the_same_id(
    store: FeedbackStore,
) -> None:
    topic = Topic()
    (saved,) = await save(store, Relay(store, topic), "1")
    await topic.announce(await store.pending(10))
    await Relay(store, topic).drain()
    assert topic.told == [saved, saved]


async def test_more_than_a_batch_goes_out_at_once(store: FeedbackStore) -> None:
    topic = Topic()
    relay = Relay(store, topic)
    saved = await save(store, relay, *(str(n) for n in range(BATCH + 1)))
    await relay.drain()
    assert topic.told == saved


async def test_running_it_tells_at_the_start_at_a_wake_and_before_the_end(
    store: FeedbackStore,
) -> None:
    topic = Topic()
    left_behind = await save(store, Relay(store, topic), "1")
    relay = Relay(store, topic)
    running = asyncio.create_task(relay.run())
    async with asyncio.timeout(5):
        await topic.told_something.wait()
        assert topic.told == left_behind
        topic.told_something.clear()
        woken = await save(store, relay, "2")
        await topic.told_something.wait()
        last = await save(store, Relay(store, topic), "3")
        await relay.stop(1)
        await running
    assert topic.told == left_behind + woken + last


async def test_a_topic_that_is_away_does_not_end_it(store: FeedbackStore) -> None:
    topic = Topic(failures=1)
    relay = Relay(store, topic)
    saved = await save(store, relay, "1")
    running = asyncio.create_task(relay.run())
    async with asyncio.timeout(5):
        await topic.failed.wait()
        relay.wake()
        await topic.told_something.wait()
        await relay.stop(1)
        await running
    assert topic.told == saved
