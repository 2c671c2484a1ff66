"""The topic of acts read back: what watchers are shown."""

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from services.events.domain.watched import WatchedAct
from services.events.inbound.acts_topic import WatchActs
from services.events.use_cases.erasures import HonourErasures
from shared.clock import ManualClock
from shared.contracts.acts_reader import ActsReader
from shared.contracts.cloudevents import kafka_binding
from shared.contracts.topics import ACTS
from shared.errors import Unavailable
from shared.messaging.ports import Batch, Delivery
from tests.services.events.builders import NOW, make_event
from tests.services.events.use_cases.people import CATALOGUE

OPENED = datetime(2019, 1, 1, tzinfo=UTC)
PURCHASE = {"order_id": "1001", "total": "42.50", "currency": "EUR"}


class Recorder:
    """A watcher that follows everybody and remembers; `fails` times its store is away."""

    def __init__(self, *kinds: str, fails: int = 0) -> None:
        self.kinds = frozenset(kinds)
        self.fails = fails
        self.seen: list[WatchedAct] = []

    async def follows(self, bought: Mapping[str, datetime]) -> Collection[str]:
        return bought.keys()

    async def __call__(self, acts: Sequence[WatchedAct]) -> None:
        if self.fails:
            self.fails -= 1
            raise Unavailable("away")
        self.seen += acts


def make_batch(*deliveries: Delivery) -> Batch:
    return Batch(ACTS.name, 0, 0, len(deliveries), deliveries)


def make_delivery(
    kind: str = "purchase", value: bytes | None = None, key: bytes = b"c-1", **said: Any
) -> Delivery:
    headers, data = kafka_binding.encode(make_event(kind, **said))
    return Delivery(ACTS.name, 0, 0, 0, key, value or data, headers)


class Kept:
    """Who was erased, and one store that an erasure reaches."""

    def __init__(self, *erased: str) -> None:
        self.erased = {*erased}
        self.forgotten: list[str] = []

    async def mark(self, customers: Collection[str]) -> None:
        self.erased |= {*customers}

    async def welcome(self, customers: Collection[str]) -> None:
        self.erased -= {*customers}

    async def among(self, customers: Collection[str]) -> frozenset[str]:
        return frozenset(self.erased & {*customers})

    async def forget(self, subjects: Collection[str]) -> None:
        self.forgotten += subjects


def watching(*watchers: Recorder, kept: Kept | None = None) -> WatchActs:
    kept = kept or Kept()
    reader = ActsReader(CATALOGUE, OPENED)
    return WatchActs(watchers, reader, ManualClock(NOW), HonourErasures(kept, [kept]))


async def test_of_the_erased_nothing_is_remembered() -> None:
    recorder, kept = Recorder("purchase"), Kept("c-1")
    batch = make_batch(make_delivery(), make_delivery(key=b"c-2", subject="c-2"))
    await watching(recorder, kept=kept)(batch)
    assert [act.subject for act in recorder.seen] == ["c-2"]
    assert kept.forgotten == []


async def test_who_is_erased_while_their_acts_are_looked_at_is_forgotten_once_more() -> None:
    kept = Kept()

    class Slow(Recorder):
        async def __call__(self, acts: Sequence[WatchedAct]) -> None:
            await super().__call__(acts)
            await kept.mark(["c-1"])

    await watching(Slow("purchase"), kept=kept)(make_batch(make_delivery()))
    assert kept.forgotten == ["c-1"]


async def test_watchers_see_the_kinds_that_one_of_them_wants() -> None:
    one, other = Recorder("purchase"), Recorder("refund", "purchase")
    watch = watching(one, other)
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
        b"c-2",
        b'{"specversion":"1.0","id":"9","source":"/shop","subject":"c-2",'
        b'"data":{"order_id":"9","total":1.10,"currency":"EUR"},'
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
        make_delivery(time="2018-12-31T23:59:59Z"),
        make_delivery(time="9999-12-31T23:59:59Z"),
        make_delivery(data={**PURCHASE, "updated_at": "9999-12-31T23:59:59Z"}),
        make_delivery(data={**PURCHASE, "total": "1e999999999"}),
        make_delivery(data={"order_id": "1001"}),
        make_delivery(key=b"c-2"),
        make_delivery(subject="shopify:shop:1", key=b"shopify:shop:1"),
        make_delivery(subject="ana@example.com", key=b"ana@example.com"),
        make_delivery(data={**PURCHASE, "note": "x" * 480_000}),
        Delivery(ACTS.name, 0, 0, 0, b"", b"", (("ce_type", b"\xff"),)),
        structured,
    )
    assert await watching(recorder)(batch) == ()
    (act,) = recorder.seen
    assert (act.subject, act.data["total"], act.text("total")) == ("c-2", Decimal("1.10"), None)


async def test_an_empty_batch_asks_no_watcher() -> None:
    recorder = Recorder("purchase", fails=1)
    assert await watching(recorder)(make_batch(make_delivery("help"))) == ()
    assert await watching()(make_batch(make_delivery())) == ()


async def test_a_watcher_whose_store_is_away_holds_the_batch() -> None:
    recorder = Recorder("purchase", fails=1)
    watch = watching(recorder)
    with pytest.raises(Unavailable):
        await watch(make_batch(make_delivery()))
    await watch(make_batch(make_delivery()))
    assert len(recorder.seen) == 1
