"""The suites against SQLite."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.events.ports.stores import Stores
from services.events.storage.sqlite.opening import open_sqlite_stores
from shared.config import Settings
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


@pytest.fixture
async def stores(tmp_path: Path) -> AsyncIterator[Stores]:
    settings = Settings(
        quarantine_capacity=CAPACITY,
        inbox_capacity=CAPACITY,
        spool_capacity=CAPACITY,
        unclaimed_capacity=CAPACITY,
    )
    async with open_sqlite_stores(tmp_path / "events.sqlite", settings) as opened:
        yield opened


class TestSqliteCustomers(CustomersSuite):
    pass


class TestSqliteQuarantine(QuarantineSuite):
    pass


class TestSqliteSpool(SpoolSuite):
    pass


class TestSqliteAnswers(AnswersSuite):
    pass


class TestSqliteIdentities(IdentitiesSuite):
    pass


class TestSqliteUnclaimed(UnclaimedSuite):
    pass


class TestSqliteMerges(MergesSuite):
    pass


class TestSqliteThreads(ThreadsSuite):
    pass


class TestSqliteSuggestions(SuggestionsSuite):
    pass


class TestSqliteDataRequests(DataRequestsSuite):
    pass


class TestSqliteInvitations(InvitationsSuite):
    pass


class TestSqliteReferrals(ReferralsSuite):
    pass


class TestSqliteBuyers(BuyersSuite):
    pass


class TestSqliteInbox(InboxSuite):
    pass


class TestSqliteErased(ErasedSuite):
    pass
