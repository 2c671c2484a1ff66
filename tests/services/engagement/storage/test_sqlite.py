"""The suite against SQLite."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.engagement.ports import ScoreStore
from services.engagement.storage.sqlite import MIGRATIONS, SqliteScoreStore
from shared.storage.sqlite import open_database
from tests.services.engagement.storage.store_suite import FORMULA, ScoreStoreSuite


class TestSqliteScoreStore(ScoreStoreSuite):
    @pytest.fixture
    async def store(self, tmp_path: Path) -> AsyncIterator[ScoreStore]:
        async with open_database(tmp_path / "engagement.sqlite", MIGRATIONS) as database:
            yield SqliteScoreStore(database, FORMULA)
