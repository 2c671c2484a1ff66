"""The suite against SQLite."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.notifier.ports import Stores
from services.notifier.storage.sqlite import MIGRATIONS, end_leases, sqlite_stores
from shared.storage.sqlite import open_database
from tests.services.notifier.builders import TIME, make_decision
from tests.services.notifier.storage.merges_suite import MergesSuite
from tests.services.notifier.storage.store_suite import LEASE, TEXT, StoreSuite


class TestSqliteStores(StoreSuite, MergesSuite):
    @pytest.fixture
    async def stores(self, tmp_path: Path) -> AsyncIterator[Stores]:
        async with open_database(tmp_path / "notifier.sqlite", MIGRATIONS) as database:
            yield sqlite_stores(database)


async def test_the_leases_of_a_process_that_died_end_with_the_next_start(tmp_path: Path) -> None:
    async with open_database(tmp_path / "notifier.sqlite", MIGRATIONS) as database:
        stores = sqlite_stores(database)
        await stores.decisions.record([make_decision()])
        died = await stores.messages.claim("died", TIME, TIME + LEASE)
        assert died is not None
        assert await stores.messages.begin(died, TEXT)
        await end_leases(database)
        taken_over = await stores.messages.claim("next", TIME + 1, TIME + LEASE)
        assert taken_over is not None
        assert (taken_over.message.status, taken_over.message.text) == ("sending", TEXT)
        await stores.messages.finish(taken_over, "sent", TIME + 2, None)
        await end_leases(database)
        assert await stores.messages.claim("again", TIME + 3, TIME + LEASE) is None
