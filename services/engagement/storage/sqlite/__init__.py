"""Scores in one SQLite file."""

from services.engagement.storage.sqlite.books import SqliteBookStore
from services.engagement.storage.sqlite.customers import SqliteCustomerStore
from services.engagement.storage.sqlite.following import SqliteFollowingBook
from services.engagement.storage.sqlite.leases import SqliteLeaseStore
from services.engagement.storage.sqlite.memberships import SqliteMembershipStore
from services.engagement.storage.sqlite.moments import SqliteMomentStore
from services.engagement.storage.sqlite.people import SqlitePeopleStore
from services.engagement.storage.sqlite.round_memory import SqliteRoundMemory
from services.engagement.storage.sqlite.schema import MIGRATIONS
from services.engagement.storage.sqlite.scores import SqliteScoreStore
from services.engagement.storage.sqlite.timeline import SqliteTimelineStore
from services.engagement.storage.sqlite.told_standings import SqliteStandingStore

__all__ = [
    "MIGRATIONS",
    "SqliteBookStore",
    "SqliteCustomerStore",
    "SqliteFollowingBook",
    "SqliteLeaseStore",
    "SqliteMembershipStore",
    "SqliteMomentStore",
    "SqlitePeopleStore",
    "SqliteRoundMemory",
    "SqliteScoreStore",
    "SqliteStandingStore",
    "SqliteTimelineStore",
]
