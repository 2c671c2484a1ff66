"""One MongoDB database with all the stores of events."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from services.events.ports.stores import Stores
from services.events.storage.mongo.answers import MongoAnswers
from services.events.storage.mongo.buyers import MongoBuyers
from services.events.storage.mongo.customers import MongoCustomers
from services.events.storage.mongo.data_requests import MongoDataRequests
from services.events.storage.mongo.erased import MongoErased
from services.events.storage.mongo.identities import MongoIdentities
from services.events.storage.mongo.inbox import MongoInbox
from services.events.storage.mongo.invitations import MongoInvitations
from services.events.storage.mongo.merges import MongoMerges
from services.events.storage.mongo.quarantine import MongoQuarantine
from services.events.storage.mongo.referrals import MongoReferrals
from services.events.storage.mongo.schema import MIGRATIONS
from services.events.storage.mongo.spool import MongoSpool
from services.events.storage.mongo.suggestions import MongoSuggestions
from services.events.storage.mongo.threads import MongoThreads
from services.events.storage.mongo.unclaimed import MongoUnclaimed
from shared.config import Settings
from shared.storage.mongo import migrate, open_mongo, translating_errors


@asynccontextmanager
async def open_mongo_stores(name: str, settings: Settings) -> AsyncIterator[Stores]:
    """The stores in the database `name`, created or migrated where needed."""
    async with open_mongo(settings.mongodb_url.get_secret_value(), name) as database:
        await migrate(database, MIGRATIONS)

        async def ping() -> None:
            with translating_errors():
                await database.command("ping")

        yield Stores(
            ping=ping,
            customers=MongoCustomers(database),
            quarantine=MongoQuarantine(database, settings.quarantine_capacity),
            inbox=MongoInbox(database, settings.inbox_capacity),
            spool=MongoSpool(database, settings.spool_capacity),
            answers=MongoAnswers(database),
            data_requests=MongoDataRequests(database),
            erased=MongoErased(database),
            identities=MongoIdentities(database),
            merges=MongoMerges(database),
            unclaimed=MongoUnclaimed(database, settings.unclaimed_capacity),
            invitations=MongoInvitations(database),
            referrals=MongoReferrals(database),
            buyers=MongoBuyers(database),
            threads=MongoThreads(database),
            suggestions=MongoSuggestions(database),
        )
