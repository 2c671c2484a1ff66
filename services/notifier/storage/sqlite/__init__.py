"""Decisions and messages in SQLite."""

from services.notifier.ports.stores import Stores
from services.notifier.storage.sqlite.channel_states import SqliteChannelStates
from services.notifier.storage.sqlite.customers import SqliteCustomers
from services.notifier.storage.sqlite.decisions import SqliteDecisions
from services.notifier.storage.sqlite.messages import SqliteMessages
from services.notifier.storage.sqlite.schema import MIGRATIONS
from services.notifier.storage.sqlite.suppressions import SqliteSuppressions
from shared.storage.sqlite import Database

__all__ = ["MIGRATIONS", "end_leases", "sqlite_stores"]


def sqlite_stores(database: Database, pseudonym_key: str) -> Stores:
    """All stores of one file, which must have been brought up by MIGRATIONS. Addresses are kept as
    what `address_digest` makes of them with `pseudonym_key`."""
    return Stores(
        customers=SqliteCustomers(database, pseudonym_key),
        decisions=SqliteDecisions(database),
        messages=SqliteMessages(database),
        suppressions=SqliteSuppressions(database),
        channels=SqliteChannelStates(database),
    )


async def end_leases(database: Database) -> None:
    """What a process that died had in hand is due at once: no other process uses the file."""
    await database.run(
        lambda connection: connection.execute(
            "UPDATE messages SET token = NULL, due = 0 WHERE token IS NOT NULL"
        )
    )
