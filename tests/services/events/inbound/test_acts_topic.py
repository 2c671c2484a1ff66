"""The topic of acts read back: what watchers are shown."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest

from services.events.domain.watched import WatchedAct
from services.events.inbound.acts_topic import WatchActs
from shared.contracts.cloudevents import kafka_binding
from shared.contracts.topics import ACTS
from shared.errors import Unavailable
from shared.messaging.ports import Batch, Delivery
from tests.services.events.builders import make_event


class Recorder:
    """A watcher that remembers; `fails` times its store is away."""

    def __init__(self, *kinds: str, fails: int = 0) -> None:
        self.kinds = frozenset(kinds)
        self.fails = fails
        self.seen: list[WatchedAct] = []

    async def __call__(self, acts: Sequence[WatchedAct]) -> None:
        if self.fails:
            self.fails -= 1
            raise Unavailable("away")
        self.seen += acts


def make_batch(*deliveries: Delivery) -> Batch:
    return Batch(ACTS.name, 0, 0, len(deliveries), deliveries)


def make_delivery(kind: str = "purchase", value: bytes | None = None, **said: Any) -> Delivery:
    headers, data = kafka_binding.encode(make_event(kind, **said))
    return Delivery(ACTS.name, 0, 0, 0, b"c-1", value or data, headers)


async def test_watchers_see_the_kinds_that_one_of_them_wants() -> None:
    one, other = Recorder("purchase"), Recorder("refund", "purchase")
    watch = WatchActs([one, other])
    assert await watch(make_batch(*map(make_delivery, ("purchase", "help", "refund")))) == ()
    assert [act.kind for act in other.seen] == ["purchase", "refund"]
    assert one.seen == other.seen
    act = other.seen[0]
    assert (act.subject, act.key, act.text("currency")) == ("c-1", ("/shop", "1"), "EUR")
    assert act.time.isoformat() == "2026-05-30T10:00:00+00:00"


async def test_a_watcher_is_left_alone_with_what_it_can_not_use() -> None:
    recorder = Recorder("purchase")
    structured = Delivery(
        ACTS.name,
        0,
        0,
        0,
        b"",
        b'{"specversion":"1.0","id":"9","source":"/shop","subject":"c-2","data":{"total":1.10},'
        b'"type":"io.requite.act.purchase.v1","time":"2026-05-30T10:00:00Z"}',
        (("content-type", b"application/cloudevents+json"),),
    )
    batch = make_batch(
        make_delivery("help", value=b"{"),
        make_delivery(value=b"[]"),
        make_delivery(value=b'{"total":"\xff"}'),
        make_delivery(subject=None),
        make_delivery(time=None),
        make_delivery(time="1969-12-31T00:00:00Z"),
        Delivery(ACTS.name, 0, 0, 0, b"", b"", (("ce_type", b"\xff"),)),
        structured,
    )
    assert await WatchActs([recorder])(batch) == ()
    (act,) = recorder.seen
    assert (act.subject, act.data["total"], act.text("total")) == ("c-2", Decimal("1.10"), None)


async def test_an_empty_batch_asks_no_watcher() -> None:
    recorder = Recorder("purchase", fails=1)
    assert await WatchActs([recorder])(make_batch(make_delivery("help"))) == ()
    assert await WatchActs([])(make_batch(make_delivery())) == ()


async def test_a_watcher_whose_store_is_away_holds_the_batch() -> None:
    recorder = Recorder("purchase", fails=1)
    watch = WatchActs([recorder])
    with pytest.raises(Unavailable):
        await watch(make_batch(make_delivery()))
    await watch(make_batch(make_delivery()))
    assert len(recorder.seen) == 1
