"""Erasing a customer in MongoDB."""

from services.notifier.storage.fields import customer_key
from shared.storage.mongo import Database, Document

# One that is being sent stays with its sender until the lease ends.
_MESSAGE: list[Document] = [
    {
        "$set": {
            "customer": "",
            "announced": True,
            "due": {"$cond": [{"$eq": ["$status", "sending"]}, "$due", 0]},
            "status": "erased",
        }
    },
    {"$unset": ["subject", "body", "html", "trace", "order_id"]},
]
_DECISION: list[Document] = [
    {
        "$set": {
            "customer": "",
            "announced": True,
            "revision": {"$add": ["$revision", 1]},
            "reason": {"$cond": [{"$eq": ["$verdict", "held"]}, "erased", "$reason"]},
            "verdict": {"$cond": [{"$eq": ["$verdict", "held"]}, "suppressed", "$verdict"]},
        }
    },
    {"$unset": ["data", "trace", "order_id", "due"]},
]


async def erase(database: Database, customer: str) -> None:
    """No more is left than that somebody of this hash was erased, and what cannot be traced to
    anybody."""
    # No transaction: the mark must be seen by others before the rest is looked for, so that
    # whoever writes in between either is found here or finds the mark.
    own = {"_id": customer_key(customer)}
    await database["customers"].replace_one(own, {"erased": True}, upsert=True)
    merged = {"was_merged_into": customer}
    await database["customers"].update_many(merged, {"$unset": {"was_merged_into": ""}})
    theirs = {"customer": customer}
    await database["untold"].delete_many(theirs)
    await database["messages"].update_many(theirs, _MESSAGE)
    await database["decisions"].update_many(theirs, _DECISION)
