"""The suite against SQLite."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.notifier.ports import Stores
from services.notifier.storage.sqlite import MIGRATIONS, sqlite_stores
from shared.storage.sqlite import open_database
from tests.services.notifier.storage.store_suite import StoreSuite


class TestSqliteStores(StoreSuite):
    @pytest.fixture
    async def stores(self, tmp_path: Path) -> AsyncIterator[Stores]:
        async with open_database(tmp_path / "notifier.sqlite", MIGRATIONS) as database:
            yield sqlite_stores(database)
