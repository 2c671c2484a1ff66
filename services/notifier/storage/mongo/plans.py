"""Plans, checked and then written within one transaction."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from pymongo import ReplaceOne, UpdateOne

from services.notifier.domain.attention import Charge, released
from services.notifier.domain.planning import Plan
from services.notifier.storage.fields import CHARGES, SEEN, customer_key
from services.notifier.storage.mongo import documents, people
from services.notifier.storage.mongo.transactions import Session
from shared.storage.mongo import Database, Document

_ATTENTION = {"attention_revision": 1, "erased": 1}


async def carry_out(database: Database, plans: Sequence[Plan], session: Session) -> set[str]:
    """Write those that still hold; the customers of the others."""
    holding = await that_hold(database, plans, session)
    await write(database, holding, session)
    return {plan.customer for plan in plans} - {plan.customer for plan in holding}


async def that_hold(database: Database, plans: Sequence[Plan], session: Session) -> list[Plan]:
    """Plans that nothing has overtaken; of one who was erased nothing more is kept."""
    ids = {one.id for plan in plans for one in (*plan.new, *plan.changed)}
    found = database["decisions"].find({"_id": {"$in": [*ids]}}, {"revision": 1}, session=session)
    revisions = {one["_id"]: one["revision"] for one in await found.to_list(None)}
    concerned = {one.occasion.customer for plan in plans for one in plan.new}
    attention = await attention_of(
        database, concerned.union(plan.customer for plan in plans), session
    )
    holding: list[Plan] = []
    for plan in plans:
        if _holds(plan, revisions, attention):
            revisions |= {one.id: one.revision for one in plan.new}
            _, is_erased = attention[plan.customer]
            holding.append(replace(plan, charges=None, seen=None) if is_erased else plan)
    return holding


def _holds(
    plan: Plan, revisions: Mapping[str, int], attention: Mapping[str, tuple[int, bool]]
) -> bool:
    at, is_erased = attention[plan.customer]
    return (
        (plan.revision is None or plan.revision == at)
        and not (is_erased and plan.messages)
        and not any(attention[one.occasion.customer][1] for one in plan.new)
        and not any(one.id in revisions for one in plan.new)
        and all(revisions.get(one.id) == one.revision for one in plan.changed)
    )


async def attention_of(
    database: Database, customers: Iterable[str], session: Session
) -> dict[str, tuple[int, bool]]:
    """The revision of each one's attention, and whether they were erased."""
    keys = {customer: customer_key(customer) for customer in customers}
    found = database["customers"].find(
        {"_id": {"$in": [*keys.values()]}}, _ATTENTION, session=session
    )
    known = {
        one["_id"]: (one.get("attention_revision", 0), "erased" in one)
        for one in await found.to_list(None)
    }
    return {customer: known.get(key, (0, False)) for customer, key in keys.items()}


async def write(database: Database, plans: Sequence[Plan], session: Session) -> None:
    """Write plans that hold."""
    # People first: that is where another may be at work, who then waits or is noticed early.
    moving = [plan for plan in plans if (plan.charges, plan.seen) != (None, None)]
    await move_on(database, {plan.customer: _taken(plan) for plan in moving}, session)
    new = [documents.of_decision(one) for plan in plans for one in plan.new]
    if new:
        await database["decisions"].insert_many(new, session=session)
    changed = [
        ReplaceOne({"_id": one.id}, documents.of_decision(one) | {"revision": one.revision + 1})
        for plan in plans
        for one in plan.changed
    ]
    if changed:
        await database["decisions"].bulk_write(changed, session=session)
    await _add_messages(database, plans, session)


def _taken(plan: Plan) -> Document:
    charges = {} if plan.charges is None else {"charges": CHARGES.write(plan.charges)}
    return charges if plan.seen is None else charges | {"seen": SEEN.write(plan.seen)}


async def _add_messages(database: Database, plans: Sequence[Plan], session: Session) -> None:
    """One that stands already, whatever became of it, is not sent again."""
    messages = {one.id: one for plan in plans for one in plan.messages}
    if not messages:
        return
    found = database["messages"].find({"_id": {"$in": [*messages]}}, {"_id": 1}, session=session)
    standing = {one["_id"] for one in await found.to_list(None)}
    added = [documents.of_message(one) for id, one in messages.items() if id not in standing]
    if added:
        await database["messages"].insert_many(added, session=session)


async def move_on(database: Database, customers: Mapping[str, Document], session: Session) -> None:
    """Whatever was planned on the attention of these as it stands, holds no more; their parts are
    to be as given, None where there is nothing."""
    moves = [
        UpdateOne(
            {"_id": customer_key(customer)},
            documents.to_be(parts) | {"$inc": {"attention_revision": 1}},
            upsert=True,
        )
        for customer, parts in customers.items()
    ]
    if moves:
        await database["customers"].bulk_write(moves, session=session)


async def release(
    database: Database, messages: Mapping[str, str], session: Session, *, but: str | None = None
) -> None:
    """Give back what messages took, wherever it was charged, but for the survivor `but`, whose
    charges are as they are to be; `messages` are by id, with their customers."""
    families = await people.families(database, messages.values(), session)
    given_back: dict[str, set[str]] = {}
    for message, customer in messages.items():
        for id in families[customer].ids:
            given_back.setdefault(id, set()).add(message)
    known = await people.documents(database, given_back, session)
    moves: dict[str, Document] = {one.survivor: {} for one in families.values()}
    moves.pop(but or "", None)
    for id, document in known.items():
        charges = kept = CHARGES.read(document.get("charges"))
        for message in given_back[id]:
            kept = released(kept, message)
        if kept != charges and id != but:
            moves[id] = {"charges": CHARGES.write(kept)}
    await move_on(database, moves, session)


def charged(charges: tuple[Charge, ...]) -> Document:
    """The part of a customer that says so."""
    return {"charges": CHARGES.write(charges)}
