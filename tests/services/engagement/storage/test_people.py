"""People: the suite against SQLite and a real MongoDB."""

from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import pytest

from services.engagement.ports.people import PeopleStore
from services.engagement.storage import mongo, sqlite
from shared.storage.mongo import migrate, open_mongo
from shared.storage.sqlite import open_database
from tests.services.engagement.storage.people_suite import PeopleStoreSuite


class TestSqlite(PeopleStoreSuite):
    @pytest.fixture
    async def people(self, tmp_path: Path) -> AsyncIterator[PeopleStore]:
        async with open_database(tmp_path / "engagement.sqlite", sqlite.MIGRATIONS) as database:
            yield sqlite.SqlitePeopleStore(database)


@pytest.mark.live
class TestMongo(PeopleStoreSuite):
    @pytest.fixture
    async def people(self, mongodb_url: str) -> AsyncIterator[PeopleStore]:
        async with open_mongo(mongodb_url, f"test_{uuid4().hex[:12]}") as database:
            await migrate(database, mongo.MIGRATIONS)
            yield mongo.MongoPeopleStore(database)
            await database.client.drop_database(database.name)
