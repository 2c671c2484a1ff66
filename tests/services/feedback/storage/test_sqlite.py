"""The suite against SQLite."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.feedback.ports import FeedbackStore
from services.feedback.storage.sqlite import MIGRATIONS, SqliteFeedbackStore
from shared.storage.sqlite import open_database
from tests.services.feedback.storage.merges_suite import MergesSuite
from tests.services.feedback.storage.store_suite import FeedbackStoreSuite


class TestSqliteFeedbackStore(FeedbackStoreSuite, MergesSuite):
    @pytest.fixture
    async def store(self, tmp_path: Path) -> AsyncIterator[FeedbackStore]:
        async with open_database(tmp_path / "feedback.sqlite", MIGRATIONS) as database:
            yield SqliteFeedbackStore(database)
