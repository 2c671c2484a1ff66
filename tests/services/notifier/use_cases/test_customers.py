"""What is learnt of customers lets held decisions be looked at again, where it may matter."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.notifier.domain.customer import Customer, Standing
from services.notifier.domain.marks import Kind, Mark
from services.notifier.ports.customers import CaseChange
from services.notifier.ports.stores import Stores
from services.notifier.storage.sqlite import MIGRATIONS, sqlite_stores
from services.notifier.use_cases.customers import (
    KeepCases,
    KeepCustomers,
    KeepMarks,
    KeepStandings,
)
from shared.clock import ManualClock
from shared.storage.sqlite import open_database
from tests.services.notifier.builders import NOW, TIME, make_customer, make_occasion, tell
from tests.services.notifier.storage.asking import KEY, known, planned


class Bench:
    """Stores with one held decision, which waits for the record of c-1."""

    def __init__(self, stores: Stores) -> None:
        self.stores = stores
        self.clock = ManualClock(NOW)
        self.woken = 0

    def wake(self) -> None:
        self.woken += 1

    async def is_awake(self) -> bool:
        """Whether the decision is due, and the round was told."""
        due = await self.stores.decisions.due(TIME, 9)
        assert bool(due) == bool(self.woken)
        return bool(due)


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    async with open_database(tmp_path / "notifier.sqlite", MIGRATIONS) as database:
        bench = Bench(sqlite_stores(database, KEY))
        await planned(bench.stores, make_occasion(), able=False)
        assert not await bench.is_awake()
        yield bench


async def _suppress(_: str) -> None:
    """There is no address."""


async def test_a_record_wakes(bench: Bench) -> None:
    keep = KeepCustomers(bench.stores, bench.clock, bench.wake, _suppress)
    await keep([])
    assert not await bench.is_awake()
    await keep([tell(make_customer())])
    assert await bench.is_awake()
    assert (await known(bench.stores)).name == "Ada"


async def test_a_case_that_closes_wakes(bench: Bench) -> None:
    keep = KeepCases(bench.stores, bench.clock, bench.wake)
    await keep([CaseChange("c-1", "k-1", True)])
    assert not await bench.is_awake()
    await keep([CaseChange("c-1", "k-1", False)])
    assert await bench.is_awake()


async def test_a_standing_wakes(bench: Bench) -> None:
    keep = KeepStandings(bench.stores, bench.clock, bench.wake)
    await keep({})
    assert not await bench.is_awake()
    stands = Standing(time=5, level="friend", segments=("loyal",))
    await keep({"c-1": stands})
    assert await bench.is_awake()
    assert (await known(bench.stores)).standing == stands


@pytest.mark.parametrize(
    ("kind", "opened", "closed", "wakes"),
    [
        ("promise", 5, None, False),
        ("promise", None, 5, True),
        ("refund", 5, None, False),
        ("refund", None, 5, True),
        ("order_void", 5, None, True),
        ("withdrawn", 5, None, True),
    ],
)
async def test_a_mark_wakes_where_a_wait_may_end(
    bench: Bench, kind: Kind, opened: int | None, closed: int | None, wakes: bool
) -> None:
    keep = KeepMarks(bench.stores, bench.clock, bench.wake)
    await keep({})
    mark = Mark(kind=kind, key="1", opened=opened, closed=closed)
    await keep({"c-1": [mark]})
    assert await bench.is_awake() is wakes
    assert (await known(bench.stores)).marks == (mark,)


async def test_an_erasure_begins_with_the_addresses(bench: Bench) -> None:
    seen: list[Customer] = []

    async def suppress(customer: str) -> None:
        seen.append(await known(bench.stores, customer))

    keep = KeepCustomers(bench.stores, bench.clock, bench.wake, suppress)
    await keep([tell(make_customer())])
    await keep.erase("c-1")
    await keep.erase("c-1")
    assert [one.address("email") for one in seen] == ["ada@example.org", None]
    assert (await known(bench.stores)).erased
