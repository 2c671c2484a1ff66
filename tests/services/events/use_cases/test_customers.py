"""The topic's last word on a customer is what is stored, whoever was faster."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime
from pathlib import Path

import pytest

from services.events.domain.customer import Details
from services.events.storage.sqlite.opening import open_sqlite_stores
from services.events.use_cases.customers import KeepCustomers
from shared.clock import ManualClock
from shared.config import Settings
from shared.contracts.customers import Customer
from tests.services.events.builders import NOW


class Topic:
    """CustomerChanges that lets somebody else act just before its first word is told."""

    def __init__(self) -> None:
        self.told: list[str | None] = []
        self.meanwhile: Callable[[], Awaitable[object]] | None = None

    async def changed(self, customer_id: str, customer: Customer, now: datetime) -> None:
        await self._wait()
        self.told.append(customer.name)

    async def erased(self, customer_id: str) -> None:
        await self._wait()
        self.told.append(None)

    async def _wait(self) -> None:
        meanwhile, self.meanwhile = self.meanwhile, None
        if meanwhile is not None:
            await meanwhile()


@pytest.fixture
async def keep(tmp_path: Path) -> AsyncIterator[KeepCustomers]:
    async with open_sqlite_stores(tmp_path / "events.sqlite", Settings()) as stores:
        yield KeepCustomers(stores.customers, Topic(), ManualClock(NOW), stores.forgetting)


def _topic(keep: KeepCustomers) -> Topic:
    assert isinstance(keep.changes, Topic)
    return keep.changes


async def test_a_change_overtaken_by_an_erasure_does_not_bring_the_customer_back(
    keep: KeepCustomers,
) -> None:
    _topic(keep).meanwhile = lambda: keep.erase("c-1")
    await keep.put("c-1", Details(name="Ana"))
    assert await keep.store.get_customer("c-1") is None
    assert _topic(keep).told == [None, "Ana", None]


async def test_an_erasure_overtaken_by_a_change_leaves_the_customer(keep: KeepCustomers) -> None:
    _topic(keep).meanwhile = lambda: keep.put("c-1", Details(name="Ana"))
    await keep.erase("c-1")
    assert _topic(keep).told == ["Ana", None, "Ana"]


async def test_of_two_changes_the_one_that_is_stored_is_told_last(keep: KeepCustomers) -> None:
    _topic(keep).meanwhile = lambda: keep.put("c-1", Details(name="Ana Lima"))
    await keep.put("c-1", Details(name="Ana"))
    assert _topic(keep).told == ["Ana Lima", "Ana", "Ana Lima"]
