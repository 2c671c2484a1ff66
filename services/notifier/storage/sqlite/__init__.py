"""Decisions and messages in SQLite."""

from services.notifier.ports import Stores
from services.notifier.storage.sqlite.customers import SqliteCustomers
from services.notifier.storage.sqlite.decisions import SqliteDecisions
from services.notifier.storage.sqlite.messages import SqliteMessages
from services.notifier.storage.sqlite.schema import MIGRATIONS
from shared.storage.sqlite import Database

__all__ = ["MIGRATIONS", "end_leases", "sqlite_stores"]


def sqlite_stores(database: Database) -> Stores:
    """The three stores of one file, which must have been brought up by MIGRATIONS."""
    return Stores(SqliteCustomers(database), SqliteDecisions(database), SqliteMessages(database))


async def end_leases(database: Database) -> None:
    """What a process that died had in hand is due at once: no other process uses the file."""
    await database.run(
        lambda connection: connection.execute(
            "UPDATE messages SET token = NULL, due = 0 WHERE token IS NOT NULL"
        )
    )
