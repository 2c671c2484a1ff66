"""Decisions and messages in MongoDB."""

from services.notifier.ports import Stores
from services.notifier.storage.mongo.customers import MongoCustomers
from services.notifier.storage.mongo.decisions import MongoDecisions
from services.notifier.storage.mongo.messages import MongoMessages
from services.notifier.storage.mongo.schema import MIGRATIONS
from shared.storage.mongo import Database

__all__ = ["MIGRATIONS", "mongo_stores"]


def mongo_stores(database: Database) -> Stores:
    """The three stores of one database, which must have been brought up by MIGRATIONS."""
    return Stores(MongoCustomers(database), MongoDecisions(database), MongoMessages(database))
