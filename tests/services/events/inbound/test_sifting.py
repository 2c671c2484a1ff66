"""What is passed over unread has no consequences."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from services.events.domain.identity import Link
from services.events.domain.watched import WatchedAct, watch
from services.events.inbound.sifting import Sift
from shared.contracts.cloudevents import kafka_binding
from shared.contracts.topics import ACTS
from shared.messaging.ports import Delivery
from tests.services.events.builders import NOW, make_event
from tests.services.events.use_cases.referral_bench import DAY, Bench, open_bench

TIME = "2026-05-30T10:00:00Z"


class Follower:
    """Follows some, and remembers what it was asked."""

    kinds = frozenset({"purchase", "refund"})

    def __init__(self, *names: str) -> None:
        self.names, self.asked = set(names), dict[str, datetime]()

    async def follows(self, bought: Mapping[str, datetime]) -> Collection[str]:
        self.asked |= bought
        return self.names & bought.keys()

    async def __call__(self, acts: Sequence[WatchedAct]) -> None:
        raise AssertionError


def make_delivery(
    kind: str = "purchase", customer: str = "c-1", time: str | None = TIME, **data: Any
) -> Delivery:
    event = make_event(kind, {"order_id": "1001", **data}, subject=customer, time=time)
    headers, value = kafka_binding.encode(event)
    return Delivery(ACTS.name, 0, 0, 0, customer.encode(), value, headers)


async def test_only_purchases_by_whom_nobody_follows_are_passed_over() -> None:
    follower = Follower("c-2")
    deliveries = [make_delivery(customer=f"c-{n}") for n in (1, 2, 3, 2)]
    assert await Sift([Follower(), follower])(deliveries) == [deliveries[1], deliveries[3]]
    assert follower.asked.keys() == {"c-1", "c-2", "c-3"}
    assert await Sift([Follower()])([]) == []


async def test_watchers_are_asked_with_the_earliest_time() -> None:
    follower = Follower()
    times = ("2026-05-30T10:00:00Z", "2026-05-30T09:00:00+00:00", "2026-05-30T12:00:00+04:00")
    await Sift([follower])([make_delivery(time=time) for time in times])
    assert follower.asked == {"c-1": datetime(2026, 5, 30, 8, tzinfo=UTC)}


@pytest.mark.parametrize(
    "delivery",
    [
        make_delivery(referral_code="abc"),
        make_delivery(referred_by="c-9"),
        make_delivery(how_did_you_hear="a friend"),
        replace(make_delivery(), value=b'{"referral\\u005fcode":"abc"}'),
        make_delivery("refund"),
        make_delivery(time=None),
        make_delivery(time="2016-12-31T23:59:60Z"),
        make_delivery(time="2026-05-30T10:00:00z"),
        Delivery(ACTS.name, 0, 0, 0, b"c-1", b"{}"),
    ],
)
async def test_what_is_not_told_for_sure_is_read(delivery: Delivery) -> None:
    assert await Sift([Follower()])([delivery]) == [delivery]


async def test_who_has_another_act_is_read_in_full() -> None:
    before, other, code = make_delivery(), make_delivery(customer="c-2"), make_delivery("refund")
    assert await Sift([Follower()])([before, other, code]) == [before, code]


async def test_hostile_records_stop_nobody() -> None:
    headers = make_delivery().headers
    strange = [
        Delivery(ACTS.name, 0, 0, 0, b"\xff", b"{}", headers),
        Delivery(ACTS.name, 0, 0, 0, b"", b"{}", headers),
        Delivery(ACTS.name, 0, 0, 0, b"", b"{}", [("ce_type", b"\xff")]),
    ]
    assert await Sift([Follower()])(strange) == []


@dataclass(frozen=True)
class Step:
    """A batch of acts, or with `what` something that happens between two of them."""

    what: str = ""
    customer: str = "c-2"
    acts: tuple[tuple[str, str, int, bool], ...] = ()


CUSTOMERS = st.sampled_from(["c-2", "c-3"])
STEPS = st.one_of(
    st.builds(
        Step,
        acts=st.lists(
            st.tuples(
                st.sampled_from(["purchase", "purchase", "purchase", "refund"]),
                CUSTOMERS,
                st.integers(-2, 20),
                st.integers(0, 5).map(lambda n: n == 0),
            ),
            max_size=6,
        ).map(tuple),
    ),
    st.builds(
        Step, what=st.sampled_from(["visit", "claim", "link", "time", "erase"]), customer=CUSTOMERS
    ),
)


async def play(bench: Bench, steps: Sequence[Step], *, sifted: bool) -> object:
    """What is known in the end, when `steps` have happened."""
    code, numbers = await bench.code(), count()
    sift = Sift([bench.desk.watch])
    for step in steps:
        match step.what:
            case "visit":
                await bench.desk.refer.visit(code, f"of-{step.customer}", bench.now)
            case "claim":
                await bench.claim(code, step.customer)
            case "link":
                await bench.people.link([Link(f"anonymous:of-{step.customer}", step.customer)])
            case "time":
                await bench.wait(15)
            case "erase":
                await bench.people.keep.erase(step.customer)
            case _:
                acts = [make_act(next(numbers), code, *act) for act in step.acts]
                read = await sift(acts) if sifted else acts
                await bench.see(*(watch(kafka_binding.decode(a.headers, a.value)) for a in read))
    await bench.wait(100)
    buyers = await bench.stores.buyers.first_purchases(["c-2", "c-3"])
    return await bench.all(), buyers, bench.told


def make_act(number: int, code: str, kind: str, customer: str, day: int, claims: bool) -> Delivery:
    data = {"order_id": f"{customer}-{day % 3}", "total": "20.00", "currency": "EUR"}
    if claims and kind == "purchase":
        data["referral_code"] = code
    moment = NOW + day * DAY + timedelta(hours=1)
    event = make_event(kind, data, subject=customer, time=moment.isoformat(), id=f"a-{number}")
    headers, value = kafka_binding.encode(event)
    return Delivery(ACTS.name, 0, number, 0, customer.encode(), value, headers)


@settings(max_examples=60, deadline=None)
@given(steps=st.lists(STEPS, max_size=10))
def test_sifting_changes_nothing(steps: list[Step]) -> None:
    async def outcome(*, sifted: bool) -> object:
        with TemporaryDirectory() as folder:
            async with open_bench(Path(folder)) as bench:
                return await play(bench, steps, sifted=sifted)

    assert asyncio.run(outcome(sifted=True)) == asyncio.run(outcome(sifted=False))
