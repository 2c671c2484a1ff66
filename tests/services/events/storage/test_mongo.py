"""The suites against a real MongoDB."""

from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
from pydantic import SecretStr

from services.events.ports.stores import Stores
from services.events.storage.mongo.opening import open_mongo_stores
from shared.config import Settings
from shared.storage.mongo import open_mongo
from tests.services.events.storage.answers_suite import AnswersSuite
from tests.services.events.storage.buyers_suite import BuyersSuite
from tests.services.events.storage.customers_suite import CustomersSuite
from tests.services.events.storage.data_requests_suite import DataRequestsSuite
from tests.services.events.storage.erased_suite import ErasedSuite
from tests.services.events.storage.identities_suite import IdentitiesSuite
from tests.services.events.storage.inbox_suite import InboxSuite
from tests.services.events.storage.invitations_suite import InvitationsSuite
from tests.services.events.storage.merges_suite import MergesSuite
from tests.services.events.storage.quarantine_suite import CAPACITY, QuarantineSuite
from tests.services.events.storage.referrals_suite import ReferralsSuite
from tests.services.events.storage.spool_suite import SpoolSuite
from tests.services.events.storage.suggestions_suite import SuggestionsSuite
from tests.services.events.storage.threads_suite import ThreadsSuite
from tests.services.events.storage.unclaimed_suite import UnclaimedSuite

pytestmark = pytest.mark.live


@pytest.fixture
async def stores(mongodb_url: str) -> AsyncIterator[Stores]:
    name = f"test_{uuid4().hex[:12]}"
    settings = Settings(
        mongodb_url=SecretStr(mongodb_url),
        quarantine_capacity=CAPACITY,
        inbox_capacity=CAPACITY,
        spool_capacity=CAPACITY,
        unclaimed_capacity=CAPACITY,
    )
    async with open_mongo_stores(name, settings) as opened:
        yield opened
    async with open_mongo(mongodb_url, name) as database:
        await database.client.drop_database(name)


class TestMongoCustomers(CustomersSuite):
    pass


class TestMongoQuarantine(QuarantineSuite):
    pass


class TestMongoSpool(SpoolSuite):
    pass


class TestMongoAnswers(AnswersSuite):
    pass


class TestMongoIdentities(IdentitiesSuite):
    pass


class TestMongoUnclaimed(UnclaimedSuite):
    pass


class TestMongoMerges(MergesSuite):
    pass


class TestMongoThreads(ThreadsSuite):
    pass


class TestMongoSuggestions(SuggestionsSuite):
    pass


class TestMongoDataRequests(DataRequestsSuite):
    pass


class TestMongoInvitations(InvitationsSuite):
    pass


class TestMongoReferrals(ReferralsSuite):
    pass


class TestMongoBuyers(BuyersSuite):
    pass


class TestMongoInbox(InboxSuite):
    pass


class TestMongoErased(ErasedSuite):
    pass
