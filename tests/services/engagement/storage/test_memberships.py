"""Memberships, leases and what rounds remember: the suites against SQLite and a real MongoDB."""

from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import pytest

from services.engagement.ports.leases import LeaseStore
from services.engagement.ports.memberships import MembershipStore
from services.engagement.ports.round_memory import RoundMemory
from services.engagement.storage import mongo, sqlite
from shared.storage import mongo as mongodb
from shared.storage.sqlite import Database, open_database
from tests.services.engagement.storage.memberships_suite import (
    LeaseStoreSuite,
    MembershipStoreSuite,
    RoundMemorySuite,
)


class TestSqlite(MembershipStoreSuite, LeaseStoreSuite, RoundMemorySuite):
    @pytest.fixture
    async def database(self, tmp_path: Path) -> AsyncIterator[Database]:
        async with open_database(tmp_path / "engagement.sqlite", sqlite.MIGRATIONS) as database:
            yield database

    @pytest.fixture
    def memberships(self, database: Database) -> MembershipStore:
        return sqlite.SqliteMembershipStore(database)

    @pytest.fixture
    def leases(self, database: Database) -> LeaseStore:
        return sqlite.SqliteLeaseStore(database)

    @pytest.fixture
    def memory(self, database: Database) -> RoundMemory:
        return sqlite.SqliteRoundMemory(database)


@pytest.mark.live
class TestMongo(MembershipStoreSuite, LeaseStoreSuite, RoundMemorySuite):
    @pytest.fixture
    async def database(self, mongodb_url: str) -> AsyncIterator[mongodb.Database]:
        async with mongodb.open_mongo(mongodb_url, f"test_{uuid4().hex[:12]}") as database:
            await mongodb.migrate(database, mongo.MIGRATIONS)
            yield database
            await database.client.drop_database(database.name)

    @pytest.fixture
    def memberships(self, database: mongodb.Database) -> MembershipStore:
        return mongo.MongoMembershipStore(database)

    @pytest.fixture
    def leases(self, database: mongodb.Database) -> LeaseStore:
        return mongo.MongoLeaseStore(database)

    @pytest.fixture
    def memory(self, database: mongodb.Database) -> RoundMemory:
        return mongo.MongoRoundMemory(database)
