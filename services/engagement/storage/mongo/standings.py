"""How customers stand, in MongoDB: documents by the hash of the customer's id."""

from collections.abc import Collection, Mapping
from typing import Any

from pymongo import UpdateOne
from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.asynchronous.database import AsyncDatabase

from services.engagement.storage.standing import Standing, customer_hash

Document = dict[str, Any]


async def standings(
    database: AsyncDatabase[Document], customers: Collection[str], session: AsyncClientSession
) -> Mapping[str, Standing]:
    """How those customers stand of whom there is something to say."""
    by_hash = {customer_hash(customer): customer for customer in customers}
    found = await (
        database["customers"].find({"_id": {"$in": list(by_hash)}}, session=session).to_list(None)
    )
    return {
        by_hash[one["_id"]]: Standing(
            one.get("erased", False),
            one.get("merged_into"),
            one.get("has_withdrawals", False),
            "excluded" in one,
        )
        for one in found
    }


async def mark_withdrawals(
    database: AsyncDatabase[Document], customers: Collection[str], session: AsyncClientSession
) -> None:
    """Remember that acts of these customers were taken back."""
    if not customers:
        return
    marks = [
        UpdateOne({"_id": customer_hash(one)}, {"$set": {"has_withdrawals": True}}, upsert=True)
        for one in customers
    ]
    await database["customers"].bulk_write(marks, ordered=False, session=session)
