"""The suites against SQLite."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.events.ports.stores import Stores
from services.events.storage.sqlite.opening import open_sqlite_stores
from shared.config import Settings
from tests.services.events.storage.customers_suite import CustomersSuite
from tests.services.events.storage.quarantine_suite import CAPACITY, QuarantineSuite


@pytest.fixture
async def stores(tmp_path: Path) -> AsyncIterator[Stores]:
    settings = Settings(quarantine_capacity=CAPACITY)
    async with open_sqlite_stores(tmp_path / "events.sqlite", settings) as opened:
        yield opened


class TestSqliteCustomers(CustomersSuite):
    pass


class TestSqliteQuarantine(QuarantineSuite):
    pass
