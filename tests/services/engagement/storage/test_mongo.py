"""The suite against a real MongoDB."""

from collections.abc import AsyncIterator
from uuid import uuid4

import pytest

from services.engagement.ports import ScoreStore
from services.engagement.storage.mongo import MIGRATIONS, MongoScoreStore
from shared.storage.mongo import migrate, open_mongo
from tests.services.engagement.storage.store_suite import FORMULA, ScoreStoreSuite


@pytest.mark.live
class TestMongoScoreStore(ScoreStoreSuite):
    @pytest.fixture
    async def store(self, mongodb_url: str) -> AsyncIterator[ScoreStore]:
        async with open_mongo(mongodb_url, f"test_{uuid4().hex[:12]}") as database:
            await migrate(database, MIGRATIONS)
            yield MongoScoreStore(database, FORMULA)
            await database.client.drop_database(database.name)
