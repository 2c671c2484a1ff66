"""What a sender does with messages that it alone may work on; all but `claim` in a transaction."""

from collections.abc import Collection, Iterable, Sequence
from itertools import islice

from pymongo import UpdateOne

from services.notifier.domain.customer import Customer
from services.notifier.domain.decision import Decision
from services.notifier.domain.message import Message
from services.notifier.domain.planning import Plan
from services.notifier.ports.messages import Begin, Claim, Finish, Retry
from services.notifier.storage.fields import text_fields
from services.notifier.storage.mongo import documents, people, plans
from services.notifier.storage.mongo.transactions import Session
from shared.storage.mongo import Database, Document

_OTHERS = 4
"""How many messages are looked at for one that is claimed: of one person only the first is."""


async def channels(database: Database) -> list[str]:
    """Those with messages that are not done: one look into the index for each."""
    found: list[str] = []
    still_open: Document = {"due": {"$gte": 0}, "status": {"$ne": "erased"}}
    while True:
        beyond: Document = {"channel": {"$gt": found[-1] if found else ""}}
        ordered = database["messages"].find(beyond | still_open, {"channel": 1})
        following = await ordered.sort([("channel", 1), ("due", 1)]).limit(1).to_list(None)
        if not following:
            return found
        found.append(following[0]["channel"])


async def claim(
    database: Database, channel: str, token: str, now: int, until: int, most: int
) -> list[Claim]:
    """Lease what is longest due, each of another person."""
    ids = await _longest_due(database, channel, now, most)
    if not ids:
        return []
    messages = database["messages"]
    ours: Document = {"_id": {"$in": ids}}
    leased: Document = {"$set": {"token": token, "due": until}}
    await messages.update_many(ours | {"due": {"$lte": now}}, leased)
    found = await messages.find(ours | {"token": token}).to_list(None)
    by_id = {document["_id"]: documents.message(document) for document in found}
    return await _completed(database, token, [by_id[id] for id in ids if id in by_id])


async def _longest_due(database: Database, channel: str, now: int, most: int) -> list[str]:
    erased: Document = {"status": "erased", "due": {"$lte": now}}
    found = database["messages"].find(erased, {"_id": 1}).sort("due", 1).limit(most)
    ids: list[str] = [one["_id"] for one in await found.to_list(None)]
    left = most - len(ids)
    if left == 0:
        return ids
    waiting: Document = {"channel": channel, "due": {"$lte": now}, "status": {"$ne": "erased"}}
    found = database["messages"].find(waiting, {"customer": 1}).sort("due", 1)
    due = await found.limit(left * _OTHERS).to_list(None)
    families = await people.families(database, {one["customer"] for one in due}) if due else {}
    first: dict[str, str] = {}
    for one in due:
        first.setdefault(families[one["customer"]].survivor, one["_id"])
    return [*ids, *islice(first.values(), left)]


async def _completed(database: Database, token: str, messages: list[Message]) -> list[Claim]:
    customers = await people.customers(database, {one.customer for one in messages if one.customer})
    customers[""] = Customer("", erased=True)
    answering: Document = {"message_id": {"$in": [one.id for one in messages if one.customer]}}
    found = database["decisions"].find(answering)
    about: dict[str | None, list[Decision]] = {}
    for decision in map(documents.decision, await found.to_list(None)):
        about.setdefault(decision.message_id, []).append(decision)
    return [
        Claim(token, one, _in_order(about.get(one.id, ()), one), customers[one.customer])
        for one in messages
    ]


def _in_order(decisions: Iterable[Decision], message: Message) -> tuple[Decision, ...]:
    """The one that leads first."""
    return tuple(
        sorted(decisions, key=lambda d: (d.id != message.decision_id, d.occasion.time, d.id))
    )


async def renew(database: Database, claims: Sequence[Claim], until: int) -> None:
    """Hold on to what the claims still hold, even if it was erased meanwhile."""
    ids: dict[str, list[str]] = {}
    for claim in claims:
        ids.setdefault(claim.token, []).append(claim.message.id)
    for token, ours in ids.items():
        held: Document = {"_id": {"$in": ours}, "token": token}
        await database["messages"].update_many(held, {"$set": {"due": until}})


async def begin(database: Database, begins: Sequence[Begin], session: Session) -> list[str]:
    """Charge people and note the texts, of those whose attention is where it was."""
    held = await _held(database, [one.claim for one in begins], session)
    people_of = {one.claim.customer.id for one in begins}
    attention = await plans.attention_of(database, people_of, session)
    taken: dict[str, Begin] = {}
    for one in begins:
        person = one.claim.customer.id
        if one.claim.message.id in held and attention[person] == (one.revision, False):
            taken.setdefault(person, one)
    begun: Document = {"$inc": {"attempts": 1}}
    sending = {"status": "sending"}
    await _update(
        database,
        {
            one.claim.message.id: documents.to_be(sending | text_fields(one.text)) | begun
            for one in taken.values()
        },
        session,
    )
    charges = {person: plans.charged(one.charges) for person, one in taken.items()}
    await plans.move_on(database, charges, session)
    return [one.claim.message.id for one in taken.values()]


async def retry(database: Database, retries: Sequence[Retry], session: Session) -> list[str]:
    """Let them wait."""
    held = await _held(database, [one.claim for one in retries], session)
    updates = {
        one.claim.message.id: documents.to_be(
            {
                "status": "sending" if one.may_have_arrived else "waiting",
                "token": None,
                "due": one.due,
                "code": one.code,
            }
        )
        for one in retries
        if one.claim.message.id in held
    }
    await _update(database, updates, session)
    return [*updates]


async def finish(database: Database, finishes: Sequence[Finish], session: Session) -> list[str]:
    """Keep the outcomes, but for those with a plan that holds no more."""
    held = await _held(database, [one.claim for one in finishes], session)
    ours = [one for one in finishes if one.claim.message.id in held]
    planned = {one.plan.customer: one.plan for one in ours if one.plan is not None}
    refused = await plans.carry_out(database, [*planned.values()], session) if planned else ()
    taken = {
        one.claim.message.id: one
        for one in ours
        if one.plan is None
        or (one.plan is planned[one.plan.customer] and one.plan.customer not in refused)
    }
    failed = {id: one.claim.message.customer for id, one in taken.items() if _failed(one)}
    if failed:
        await plans.release(database, failed, session)
    answered: Document = {"message_id": {"$in": [*taken]}, "data": {"$exists": True}}
    await database["decisions"].update_many(answered, {"$unset": {"data": ""}}, session=session)
    await _update(database, {id: _ended(one) for id, one in taken.items()}, session)
    return [*taken]


def _failed(finish: Finish) -> bool:
    return finish.outcome == "failed"


def _ended(finish: Finish) -> Document:
    outcome = {"status": finish.outcome, "finished_at": finish.now, "code": finish.code}
    return documents.to_be({**outcome, "announced": False, "due": None, "token": None})


async def withdraw(database: Database, claim: Claim, plan: Plan, session: Session) -> bool:
    """Drop a message that has not begun, and carry out the plan."""
    holding = await plans.that_hold(database, [plan], session)
    if not holding:
        return False
    message = claim.message
    not_begun = {"_id": message.id, "token": claim.token, "status": "waiting"}
    dropped = await database["messages"].delete_one(not_begun, session=session)
    if dropped.deleted_count == 0:
        return False
    await plans.write(database, holding, session)
    given_back = {message.id: message.customer}
    await plans.release(database, given_back, session, but=plan.customer)
    return True


async def _held(database: Database, claims: Sequence[Claim], session: Session) -> Collection[str]:
    """Messages on which the claims still hold."""
    tokens = {claim.message.id: claim.token for claim in claims}
    ours: Document = {"_id": {"$in": [*tokens]}, "status": {"$ne": "erased"}}
    found = database["messages"].find(ours, {"token": 1}, session=session)
    return {one["_id"] async for one in found if one.get("token") == tokens[one["_id"]]}


async def _update(database: Database, updates: dict[str, Document], session: Session) -> None:
    if updates:
        steps = [UpdateOne({"_id": id}, update) for id, update in updates.items()]
        await database["messages"].bulk_write(steps, session=session)
