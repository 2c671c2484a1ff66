"""Reading customers, alone and with all who stand for the same person."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from services.notifier.domain.customer import Customer
from services.notifier.storage import fields
from services.notifier.storage.fields import customer_key
from services.notifier.storage.mongo.transactions import Session
from shared.merging import survivor_of
from shared.storage.mongo import Database, Document
from shared.storage.redirects import find_redirects

_NOT_ADDRESSES = {"addresses": 0}


@dataclass(frozen=True, slots=True)
class Family:
    """All `ids` that stand for one person, sorted, and the one that answers for them."""

    survivor: str
    ids: Sequence[str]


async def customers(
    database: Database, ids: Collection[str], session: Session | None = None
) -> dict[str, Customer]:
    """Who each of `ids` stands for: one query where nobody is merged."""
    keys = {customer_key(id): id for id in ids}
    own_or_leading_here: Document = {
        "$or": [{"_id": {"$in": [*keys]}}, {"merged_into": {"$in": [*ids]}}]
    }
    found = await _find(database, own_or_leading_here, session)
    known = {document["_id"]: document for document in found}
    if not any("merged_into" in document for document in found):
        return {id: _shown(_alone(id, known.get(key))) for key, id in keys.items()}
    households = await families(database, ids, session)
    everybody = {one for family in households.values() for one in family.ids}
    missing = {customer_key(one) for one in everybody} - keys.keys()
    rest = await _find(database, {"_id": {"$in": [*missing]}}, session)
    known |= {document["_id"]: document for document in rest}
    own = {id: _alone(id, known.get(customer_key(id))) for id in everybody}
    return {id: _together(own, id, family) for id, family in households.items()}


async def families(
    database: Database, ids: Iterable[str], session: Session | None = None
) -> dict[str, Family]:
    """Those who stand for the same person as each of `ids`."""
    ids = list(ids)
    redirects = await find_redirects(database["customers"], ids, session)
    if not redirects:
        return {id: Family(id, (id,)) for id in ids}
    survivors = {id: survivor_of(id, redirects) for id in {*ids, *redirects}}
    members: dict[str, set[str]] = {}
    for id, survivor in survivors.items():
        members.setdefault(survivor, {survivor}).add(id)
    return {id: Family(survivors[id], sorted(members[survivors[id]])) for id in ids}


async def family(database: Database, id: str) -> Sequence[str]:
    """All ids that stand for the same person as `id`."""
    return (await families(database, [id]))[id].ids


async def documents(
    database: Database, ids: Iterable[str], session: Session | None = None
) -> dict[str, Document]:
    """What is kept under each id of whom anything is."""
    keys = {customer_key(id): id for id in ids}
    found = await _find(database, {"_id": {"$in": [*keys]}}, session)
    return {keys[document["_id"]]: document for document in found}


async def _find(database: Database, which: Document, session: Session | None) -> list[Document]:
    return await database["customers"].find(which, _NOT_ADDRESSES, session=session).to_list(None)


def _alone(id: str, document: Document | None) -> Customer:
    cases = () if document is None else document.get("cases", ())
    return fields.read_customer(id, document, cases)


def _together(own: Mapping[str, Customer], id: str, family: Family) -> Customer:
    if own[id].erased or len(family.ids) == 1:
        return _shown(own[id])
    return fields.together(own[family.survivor], (own[one] for one in family.ids))


def _shown(customer: Customer) -> Customer:
    return Customer(customer.id, erased=True) if customer.erased else customer
