"""The suite against a real MongoDB."""

from collections.abc import AsyncIterator
from uuid import uuid4

import pytest

from services.feedback.ports import FeedbackStore
from services.feedback.storage.mongo import MIGRATIONS, MongoFeedbackStore
from shared.storage.mongo import migrate, open_mongo
from tests.services.feedback.storage.merges_suite import MergesSuite
from tests.services.feedback.storage.store_suite import FeedbackStoreSuite


@pytest.mark.live
class TestMongoFeedbackStore(FeedbackStoreSuite, MergesSuite):
    @pytest.fixture
    async def store(self, mongodb_url: str) -> AsyncIterator[FeedbackStore]:
        async with open_mongo(mongodb_url, f"test_{uuid4().hex[:12]}") as database:
            await migrate(database, MIGRATIONS)
            yield MongoFeedbackStore(database)
            await database.client.drop_database(database.name)
