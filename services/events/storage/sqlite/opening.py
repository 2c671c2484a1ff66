"""One SQLite file with all the stores of events."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from services.events.ports.stores import Stores
from services.events.storage.sqlite.answers import SqliteAnswers
from services.events.storage.sqlite.buyers import SqliteBuyers
from services.events.storage.sqlite.customers import SqliteCustomers
from services.events.storage.sqlite.data_requests import SqliteDataRequests
from services.events.storage.sqlite.erased import SqliteErased
from services.events.storage.sqlite.identities import SqliteIdentities
from services.events.storage.sqlite.inbox import SqliteInbox
from services.events.storage.sqlite.invitations import SqliteInvitations
from services.events.storage.sqlite.merges import SqliteMerges
from services.events.storage.sqlite.quarantine import SqliteQuarantine
from services.events.storage.sqlite.referrals import SqliteReferrals
from services.events.storage.sqlite.schema import MIGRATIONS
from services.events.storage.sqlite.spool import SqliteSpool
from services.events.storage.sqlite.suggestions import SqliteSuggestions
from services.events.storage.sqlite.threads import SqliteThreads
from services.events.storage.sqlite.unclaimed import SqliteUnclaimed
from shared.config import Settings
from shared.storage.sqlite import open_database


@asynccontextmanager
async def open_sqlite_stores(path: Path, settings: Settings) -> AsyncIterator[Stores]:
    """The stores in the file at `path`, created or migrated where needed."""
    async with open_database(path, MIGRATIONS) as database:

        async def ping() -> None:
            await database.read(lambda connection: connection.execute("SELECT 1").fetchone())

        yield Stores(
            ping=ping,
            customers=SqliteCustomers(database),
            quarantine=SqliteQuarantine(database, settings.quarantine_capacity),
            inbox=SqliteInbox(database, settings.inbox_capacity),
            spool=SqliteSpool(database, settings.spool_capacity),
            answers=SqliteAnswers(database),
            data_requests=SqliteDataRequests(database),
            erased=SqliteErased(database),
            identities=SqliteIdentities(database),
            merges=SqliteMerges(database),
            unclaimed=SqliteUnclaimed(database, settings.unclaimed_capacity),
            invitations=SqliteInvitations(database),
            referrals=SqliteReferrals(database),
            buyers=SqliteBuyers(database),
            threads=SqliteThreads(database),
            suggestions=SqliteSuggestions(database),
        )
