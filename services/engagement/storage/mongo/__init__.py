"""Scores in a MongoDB database."""

from services.engagement.storage.mongo.books import MongoBookStore
from services.engagement.storage.mongo.customers import MongoCustomerStore
from services.engagement.storage.mongo.following import MongoFollowingBook
from services.engagement.storage.mongo.leases import MongoLeaseStore
from services.engagement.storage.mongo.memberships import MongoMembershipStore
from services.engagement.storage.mongo.moments import MongoMomentStore
from services.engagement.storage.mongo.people import MongoPeopleStore
from services.engagement.storage.mongo.round_memory import MongoRoundMemory
from services.engagement.storage.mongo.schema import MIGRATIONS
from services.engagement.storage.mongo.scores import MongoScoreStore
from services.engagement.storage.mongo.timeline import MongoTimelineStore
from services.engagement.storage.mongo.told_standings import MongoStandingStore

__all__ = [
    "MIGRATIONS",
    "MongoBookStore",
    "MongoCustomerStore",
    "MongoFollowingBook",
    "MongoLeaseStore",
    "MongoMembershipStore",
    "MongoMomentStore",
    "MongoPeopleStore",
    "MongoRoundMemory",
    "MongoScoreStore",
    "MongoStandingStore",
    "MongoTimelineStore",
]
