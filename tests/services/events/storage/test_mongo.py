"""The suites against a real MongoDB."""

from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
from pydantic import SecretStr

from services.events.ports.stores import Stores
from services.events.storage.mongo.opening import open_mongo_stores
from shared.config import Settings
from shared.storage.mongo import open_mongo
from tests.services.events.storage.customers_suite import CustomersSuite
from tests.services.events.storage.quarantine_suite import CAPACITY, QuarantineSuite

pytestmark = pytest.mark.live


@pytest.fixture
async def stores(mongodb_url: str) -> AsyncIterator[Stores]:
    name = f"test_{uuid4().hex[:12]}"
    settings = Settings(mongodb_url=SecretStr(mongodb_url), quarantine_capacity=CAPACITY)
    async with open_mongo_stores(name, settings) as opened:
        yield opened
    async with open_mongo(mongodb_url, name) as database:
        await database.client.drop_database(name)


class TestMongoCustomers(CustomersSuite):
    pass


class TestMongoQuarantine(QuarantineSuite):
    pass
