"""The indexes of events, in the order in which they came to be."""

from typing import Any

from pymongo.asynchronous.database import AsyncDatabase

from services.events.storage.mongo.answers import create_answers_indexes
from services.events.storage.mongo.data_requests import create_data_request_indexes
from services.events.storage.mongo.identities import create_identities_indexes
from services.events.storage.mongo.invitations import create_invitations_indexes
from services.events.storage.mongo.merges import create_merges_indexes
from services.events.storage.mongo.referrals import create_referrals_indexes
from services.events.storage.mongo.spool import create_spool_indexes
from services.events.storage.mongo.suggestions import create_suggestion_indexes
from services.events.storage.mongo.threads import create_thread_indexes
from services.events.storage.mongo.unclaimed import create_unclaimed_indexes

Document = dict[str, Any]


async def _create_indexes(database: AsyncDatabase[Document]) -> None:
    await database["quarantine"].create_index([("received_at", 1), ("_id", 1)])
    await database["quarantine"].create_index("customer", sparse=True)


async def _create_identity_indexes(database: AsyncDatabase[Document]) -> None:
    await create_identities_indexes(database)
    await create_unclaimed_indexes(database)


async def _create_referral_indexes(database: AsyncDatabase[Document]) -> None:
    await create_invitations_indexes(database)
    await create_referrals_indexes(database)


MIGRATIONS = (
    _create_indexes,
    create_spool_indexes,
    create_answers_indexes,
    _create_identity_indexes,
    create_thread_indexes,
    create_suggestion_indexes,
    create_merges_indexes,
    _create_referral_indexes,
    create_data_request_indexes,
)
