"""The suite against SQLite."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.events.ports import EventStore
from services.events.storage.sqlite import MIGRATIONS, SqliteEventStore
from shared.storage.sqlite import open_database
from tests.services.events.storage.store_suite import CAPACITY, EventStoreSuite


class TestSqliteEventStore(EventStoreSuite):
    @pytest.fixture
    async def store(self, tmp_path: Path) -> AsyncIterator[EventStore]:
        async with open_database(tmp_path / "events.sqlite", MIGRATIONS) as database:
            yield SqliteEventStore(database, CAPACITY)
