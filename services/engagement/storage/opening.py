"""The stores of the kind that the settings name."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from services.engagement.ports.stores import Stores
from services.engagement.storage import mongo, sqlite
from shared.clock import Clock
from shared.config import Settings
from shared.programme.model import FormulaDocument
from shared.storage.mongo import migrate, open_mongo
from shared.storage.sqlite import open_database


@asynccontextmanager
async def open_stores(
    settings: Settings, formula: FormulaDocument, clock: Clock
) -> AsyncIterator[Stores]:
    """Brought up to date first; where there is no book, one of this formula is made. Raises
    Unavailable."""
    if settings.storage == "mongodb":
        url = settings.mongodb_url.get_secret_value()
        async with open_mongo(url, "requite_engagement") as database:
            await migrate(database, mongo.MIGRATIONS)
            mongo_books = mongo.MongoBookStore(database, clock)
            await mongo_books.open(formula)
            yield Stores(
                books=mongo_books,
                following=mongo.MongoFollowingBook(database, mongo_books),
                scores=mongo.MongoScoreStore(database, mongo_books),
                customers=mongo.MongoCustomerStore(database, mongo_books),
                people=mongo.MongoPeopleStore(database),
                timeline=mongo.MongoTimelineStore(database),
                memberships=mongo.MongoMembershipStore(database),
                leases=mongo.MongoLeaseStore(database),
                round_memory=mongo.MongoRoundMemory(database),
                moments=mongo.MongoMomentStore(database, mongo_books),
                standings=mongo.MongoStandingStore(database),
            )
    else:
        path = settings.data_dir / "engagement.sqlite"
        async with open_database(path, sqlite.MIGRATIONS) as database_file:
            sqlite_books = sqlite.SqliteBookStore(database_file, clock)
            await sqlite_books.open(formula)
            yield Stores(
                books=sqlite_books,
                following=sqlite.SqliteFollowingBook(database_file, sqlite_books),
                scores=sqlite.SqliteScoreStore(database_file, sqlite_books),
                customers=sqlite.SqliteCustomerStore(database_file, sqlite_books),
                people=sqlite.SqlitePeopleStore(database_file),
                timeline=sqlite.SqliteTimelineStore(database_file),
                memberships=sqlite.SqliteMembershipStore(database_file),
                leases=sqlite.SqliteLeaseStore(database_file),
                round_memory=sqlite.SqliteRoundMemory(database_file),
                moments=sqlite.SqliteMomentStore(database_file, sqlite_books),
                standings=sqlite.SqliteStandingStore(database_file),
            )
