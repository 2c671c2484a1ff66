"""Straight to the topic, under the rules of the HTTP door."""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from services.events.history.patience import Patience
from services.events.history.topic_sink import TopicSink
from services.events.outbound.acts_topic import ActsTopic
from shared.clock import ManualClock
from shared.contracts.cloudevents import CloudEvent, kafka_binding
from shared.contracts.topics import ACTS
from shared.errors import Unavailable
from shared.messaging.sqlite_log import open_sqlite_log
from tests.services.events.builders import NOW, make_event
from tests.shipped import catalogue


async def no_wait(seconds: float) -> None:
    """Time costs nothing here."""


async def test_only_what_would_be_admitted_is_published(tmp_path: Path) -> None:
    clock = ManualClock(NOW)
    good, late = make_event(id="good"), make_event(id="late", time="2027-01-01T00:00:00Z")
    broken, alias = make_event(id="a\x00b"), make_event(subject="forum:anna")
    async with open_sqlite_log(tmp_path / "log.sqlite", clock) as log:
        await log.ensure_topics([ACTS])
        sink = TopicSink(ActsTopic(log), Patience(no_wait), clock, catalogue())
        sent = await sink.send([late, good, broken, alias])
        assert sent.refused == {
            0: "time: lies in the future",
            2: "id: The attribute id holds a character that CloudEvents does not allow.",
            3: "subject: an alias: only a running instance knows whose, use --url",
        }
        async with log.subscribe("test", [ACTS.name]) as subscription:
            (batch,) = await subscription.fetch(10, 1)
    (delivery,) = batch.deliveries
    assert delivery.key == b"c-1"
    assert kafka_binding.decode(delivery.headers, delivery.value) == good


async def test_what_is_older_than_the_shop_is_refused() -> None:
    opened = NOW - timedelta(days=5)
    clock = ManualClock(NOW)
    sink = TopicSink(FlakyTopic(), Patience(no_wait), clock, catalogue(), opened)
    sent = await sink.send([make_event(time="2026-05-27T11:59:59Z")])
    assert list(sent.refused) == [0]
    assert "before the day that the shop opened" in sent.refused[0]


class FlakyTopic:
    """Unavailable once, then writes."""

    def __init__(self) -> None:
        self.written: list[str] = []
        self._failed = False

    async def publish(self, events: Sequence[CloudEvent]) -> None:
        if not self._failed:
            self._failed = True
            raise Unavailable("no leader")
        self.written += [event.id for event in events]


async def test_a_broker_that_comes_back_gets_all_again() -> None:
    topic = FlakyTopic()
    sink = TopicSink(topic, Patience(no_wait), ManualClock(NOW), catalogue())
    await sink.send([make_event(id="1"), make_event(id="2")])
    assert topic.written == ["1", "2"]
