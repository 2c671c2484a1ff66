"""What every TimelineStore does; each adapter's test module binds `timeline` and `customers`."""

import asyncio
from collections.abc import Collection, Sequence

import pytest

from services.engagement.domain.customer import CustomerRecord
from services.engagement.domain.timeline import (
    Answer,
    Body,
    CaseClosed,
    CaseOpened,
    Decision,
    Delivery,
    Item,
    ItemKind,
    Note,
    Place,
)
from services.engagement.ports.customers import CustomerStore
from services.engagement.ports.timeline import TimelineStore
from shared.contracts.engagement import ActRef

ALL: Sequence[ItemKind] = ("message", "answer", "case", "note")
ACT = ActRef(source="/shop", id="1", type="io.requite.act.help.v1", time="2026-01-01T00:00:00Z")


def item(key: str, time: int = 0, customer: str = "c-1", body: Body | None = None) -> Item:
    case = CaseOpened(case_id=key, cause="survey")
    return Item(key=key, customer=customer, time=time, body=body or case)


async def keys(
    timeline: TimelineStore,
    customers: Collection[str] = ("c-1",),
    kinds: Collection[ItemKind] = ALL,
    before: Place | None = None,
    most: int = 100,
) -> list[str]:
    return [one.key for one in await timeline.recent(customers, kinds, before, most)]


class TimelineStoreSuite:
    """A list by time for each customer, in which every key stands once."""

    @pytest.mark.parametrize(
        "body",
        [
            Decision(about=ACT, verdict="held", reason="open_case", rule="help"),
            Delivery(message_id="m", channel="email", outcome="sent"),
            Answer(survey="order", value=-3, scale=(-5, 5), about=ACT),
            CaseOpened(case_id="7", cause="complaint"),
            CaseClosed(case_id="7", fix=None),
            Note(id="n", author="support", text="called \x00 back \U0001f600"),
        ],
        ids=lambda body: type(body).__name__,
    )
    async def test_an_item_is_kept_whole(self, timeline: TimelineStore, body: Body) -> None:
        one = item("k", 7, body=body)
        await timeline.add([one])
        assert await timeline.find("k") == one
        assert await timeline.recent(["c-1"], [one.kind], None, 5) == [one]
        assert await timeline.recent(["c-1"], set(ALL) - {one.kind}, None, 5) == []

    async def test_a_key_stands_once(self, timeline: TimelineStore) -> None:
        first = item("k", 7)
        await timeline.add([first, item("k", 8)])
        await timeline.add([item("k", 9, "c-2"), item("other")])
        assert await timeline.find("k") == first
        assert await keys(timeline, ["c-1", "c-2"]) == ["k", "other"]

    async def test_pages_come_in_order_of_time_then_key(self, timeline: TimelineStore) -> None:
        told = [item(f"k{n}", n // 3, f"c-{n % 2}") for n in range(20)]
        await timeline.add([*told, item("other", 5, "c-9")])
        everybody = ["c-0", "c-1", "c-2"]
        newest_first = [f"k{n}" for n in sorted(range(20), key=lambda n: (-(n // 3), -n))]
        ordered = sorted(told, key=lambda one: one.place, reverse=True)
        assert await keys(timeline, everybody) == [one.key for one in ordered]
        assert set(newest_first) == {one.key for one in ordered}
        seen: list[str] = []
        before = None
        while page := await timeline.recent(everybody, ALL, before, 3):
            seen += [one.key for one in page]
            before = page[-1].place
            await timeline.add([item(f"new{before.time}", 100)])
        assert seen == [one.key for one in ordered]

    async def test_behind_a_place_where_nothing_stands(self, timeline: TimelineStore) -> None:
        await timeline.add([item("b", 1), item("d", 1), item("a", 2)])
        assert await keys(timeline, before=Place(1, "c")) == ["b"]
        assert await keys(timeline, before=Place(2, "")) == ["d", "b"]
        assert await keys(timeline, before=Place(0, "z")) == []

    async def test_an_item_is_removed_only_as_its_customers(self, timeline: TimelineStore) -> None:
        await timeline.add([item("k")])
        assert not await timeline.remove("k", ["c-2"])
        assert await timeline.remove("k", ["c-2", "c-1"])
        assert not await timeline.remove("k", ["c-1"])
        assert await keys(timeline) == []

    async def test_of_the_erased_nothing_is_kept_until_they_are_back(
        self, timeline: TimelineStore, customers: CustomerStore
    ) -> None:
        await timeline.add([item("k"), item("other", customer="c-2")])
        await customers.erase("c-1", "1")
        await timeline.forget(["c-1"])
        await timeline.add([item("late"), item("more", customer="c-2")])
        assert await keys(timeline, ["c-1", "c-2"]) == ["other", "more"]
        await customers.keep([CustomerRecord("c-1", 1)])
        await timeline.add([item("back")])
        assert await keys(timeline) == ["back"]

    async def test_what_is_told_while_somebody_is_erased_is_not_left(
        self, timeline: TimelineStore, customers: CustomerStore
    ) -> None:
        async def erase() -> None:
            await customers.erase("c-1", "1")
            await timeline.forget(["c-1"])

        telling = [timeline.add([item(f"k{n}")]) for n in range(20)]
        await asyncio.gather(*telling[:10], erase(), *telling[10:])
        assert await keys(timeline) == []
