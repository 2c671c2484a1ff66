"""The suite against a real MongoDB."""

from collections.abc import AsyncIterator
from uuid import uuid4

import pytest

from services.notifier.ports import Stores
from services.notifier.storage.mongo import MIGRATIONS, mongo_stores
from shared.storage.mongo import migrate, open_mongo
from tests.services.notifier.storage.merges_suite import MergesSuite
from tests.services.notifier.storage.store_suite import StoreSuite


@pytest.mark.live
class TestMongoStores(StoreSuite, MergesSuite):
    @pytest.fixture
    async def stores(self, mongodb_url: str) -> AsyncIterator[Stores]:
        async with open_mongo(mongodb_url, f"test_{uuid4().hex[:12]}") as database:
            await migrate(database, MIGRATIONS)
            yield mongo_stores(database)
            await database.client.drop_database(database.name)
