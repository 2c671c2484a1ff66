"""Decisions and messages in MongoDB."""

from services.notifier.ports.stores import Stores
from services.notifier.storage.mongo.channel_states import MongoChannelStates
from services.notifier.storage.mongo.customers import MongoCustomers
from services.notifier.storage.mongo.decisions import MongoDecisions
from services.notifier.storage.mongo.documents import with_plain_integers
from services.notifier.storage.mongo.messages import MongoMessages
from services.notifier.storage.mongo.schema import MIGRATIONS
from services.notifier.storage.mongo.suppressions import MongoSuppressions
from shared.storage.mongo import Database

__all__ = ["MIGRATIONS", "mongo_stores"]


def mongo_stores(database: Database, pseudonym_key: str) -> Stores:
    """All stores of one database, which must have been brought up by MIGRATIONS. Addresses are
    kept as what `address_digest` makes of them with `pseudonym_key`."""
    database = with_plain_integers(database)
    return Stores(
        customers=MongoCustomers(database, pseudonym_key),
        decisions=MongoDecisions(database),
        messages=MongoMessages(database),
        suppressions=MongoSuppressions(database),
        channels=MongoChannelStates(database),
    )
