"""Documents to domain values and back."""

from collections.abc import Iterable

from pymongo.asynchronous.client_session import AsyncClientSession

from services.notifier.domain.customer import Customer
from services.notifier.domain.decision import Decision
from services.notifier.domain.message import Message
from services.notifier.ports import Position
from services.notifier.storage import fields
from shared.merging import family_of, survivor_of
from shared.storage.mongo import Database, Document
from shared.storage.redirects import find_redirects


def to_document(values: fields.Fields) -> Document:
    """Fields with their id as MongoDB's own, and without what is None."""
    named = {("_id" if name == "id" else name): value for name, value in values.items()}
    return {name: value for name, value in named.items() if value is not None}


def decision(document: Document) -> Decision:
    """The decision that a document holds."""
    return fields.read_decision(document | {"id": document["_id"]})


def message(document: Document) -> Message:
    """The message that a document holds."""
    return fields.read_message(document | {"id": document["_id"]})


async def customers(database: Database, ids: Iterable[str]) -> dict[str, Customer]:
    """Who each of `ids` stands for."""
    ids = list(ids)
    redirects = await find_redirects(database["customers"], ids)
    families = {id: family_of(id, redirects) for id in ids}
    keys = {fields.customer_key(one) for family in families.values() for one in family}
    found = await database["customers"].find({"_id": {"$in": list(keys)}}).to_list(None)
    known = {document["_id"]: document for document in found}
    cases = {key: document.get("cases", ()) for key, document in known.items()}
    return {
        id: fields.read_standing(id, survivor_of(id, redirects), family, known, cases)
        for id, family in families.items()
    }


async def family(database: Database, ids: Iterable[str]) -> list[str]:
    """All ids that stand for the same person as one of `ids`."""
    ids = list(ids)
    redirects = await find_redirects(database["customers"], ids)
    return sorted(frozenset[str]().union(*(family_of(id, redirects) for id in ids)))


def replacement(new: Decision, verdict: str) -> tuple[Document, Document]:
    """Filter and document that put `new` in the place of its revision, if that still stands and
    has this verdict."""
    document = to_document(fields.decision_fields(new))
    expected: Document = {"_id": new.id, "revision": new.revision, "verdict": verdict}
    return expected, document | {"revision": new.revision + 1}


async def replace_decision(
    database: Database, new: Decision, verdict: str, session: AsyncClientSession
) -> bool:
    """Whether `new` has taken its place."""
    expected, document = replacement(new, verdict)
    replaced = await database["decisions"].replace_one(expected, document, session=session)
    return bool(replaced.matched_count)


def older(time: str, than: Position) -> Document:
    """Filter for what comes after a position when sorted by the member `time`, newest first."""
    return {
        "$or": [
            {time: {"$lt": than.time}},
            {time: than.time, "_id": {"$lt": than.id}},
        ]
    }
