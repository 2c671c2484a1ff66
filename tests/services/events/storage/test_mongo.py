"""The suite against a real MongoDB."""

from collections.abc import AsyncIterator
from uuid import uuid4

import pytest

from services.events.ports import EventStore
from services.events.storage.mongo import MIGRATIONS, MongoEventStore
from shared.storage.mongo import migrate, open_mongo
from tests.services.events.storage.store_suite import CAPACITY, EventStoreSuite


@pytest.mark.live
class TestMongoEventStore(EventStoreSuite):
    @pytest.fixture
    async def store(self, mongodb_url: str) -> AsyncIterator[EventStore]:
        async with open_mongo(mongodb_url, f"test_{uuid4().hex[:12]}") as database:
            await migrate(database, MIGRATIONS)
            yield MongoEventStore(database, CAPACITY)
            await database.client.drop_database(database.name)
