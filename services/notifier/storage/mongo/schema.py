"""The indexes; members are named as in fields.py, and left out where they are None.

`was_merged_into` is whom a customer stood for before a merge was undone.
"""

from services.notifier.storage.mongo.upgrade import every_purpose
from shared.storage import redirects
from shared.storage.mongo import Database


async def _create_indexes(database: Database) -> None:
    decisions, messages = database["decisions"], database["messages"]
    newest_decided = [("decided_at", -1), ("_id", -1)]
    await decisions.create_index([("customer", 1), *newest_decided])
    await decisions.create_index([("verdict", 1), *newest_decided])
    await decisions.create_index(newest_decided)
    await decisions.create_index("act_id")
    await decisions.create_index("due", sparse=True)
    await decisions.create_index(
        "customer", name="held", partialFilterExpression={"verdict": "held"}
    )
    await decisions.create_index(
        "announced", name="unannounced", partialFilterExpression={"announced": False}
    )
    await messages.create_index([("customer", 1), ("created_at", -1), ("_id", -1)])
    await messages.create_index("due", sparse=True)
    await messages.create_index("finished_at", sparse=True)
    await messages.create_index(
        "announced", name="unannounced", partialFilterExpression={"announced": False}
    )


async def _index_merges(database: Database) -> None:
    await redirects.mongo_migration(database)
    await database["customers"].create_index("was_merged_into", sparse=True)


MIGRATIONS = (_create_indexes, _index_merges, every_purpose)
