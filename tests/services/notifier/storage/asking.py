"""Steps that the suites take on every kind of store."""

from collections.abc import Sequence
from dataclasses import replace

from services.notifier.domain.attention import Charge
from services.notifier.domain.customer import Customer
from services.notifier.domain.decision import Decision
from services.notifier.domain.message import Message, Text
from services.notifier.domain.occasion import Occasion
from services.notifier.domain.planning import Plan
from services.notifier.ports.decisions import DecisionQuery
from services.notifier.ports.messages import Begin, Claim, Finish, MessageQuery, Retry
from services.notifier.ports.stores import Stores
from tests.services.notifier.builders import TIME, make_customer, make_plan

KEY = "a key for tests"
TEXT = Text("Thank you", "You are kind.\n", "en", "<p>You are kind.</p>")
LEASE = 1000


async def known(stores: Stores, id: str = "c-1") -> Customer:
    """Somebody as the store has them."""
    return (await stores.customers.customers([id]))[id]


async def about(stores: Stores, *ids: str) -> dict[str, Customer]:
    """What is known of customers, whatever happened to their attention."""
    found = await stores.customers.customers(ids)
    return {
        id: replace(customer, attention=replace(customer.attention, revision=0))
        for id, customer in found.items()
    }


async def planned(
    stores: Stores, *occasions: Occasion, now: int = TIME, able: bool = True
) -> Sequence[Plan]:
    """Plans for each customer on their attention as it stands, carried out: as for somebody whom
    nothing keeps from being thanked, or else for a stranger."""
    plans = []
    for id in dict.fromkeys(occasion.customer for occasion in occasions):
        person = await known(stores, id)
        made = make_customer(person.id) if able else Customer(person.id)
        plans.append(
            make_plan(
                *(occasion for occasion in occasions if occasion.customer == id),
                customer=replace(made, attention=person.attention),
                now=now,
            )
        )
    assert not await stores.decisions.carry_out(plans)
    return plans


async def claims(
    stores: Stores, token: str = "t-1", now: int = TIME, most: int = 10, channel: str = "email"
) -> Sequence[Claim]:
    """What a sender of mails gets."""
    return await stores.messages.claim(channel, token, now, now + LEASE, most)


async def claim(stores: Stores, token: str = "t-1", now: int = TIME) -> Claim:
    """The one message that is longest due."""
    (claimed,) = await claims(stores, token, now, 1)
    return claimed


def beginning(claim: Claim, charges: tuple[Charge, ...] | None = None) -> Begin:
    """The hand-over of a claimed message, which takes the attention that it was given."""
    attention = claim.customer.attention
    return Begin(claim, TEXT, attention.revision, attention.charges if charges is None else charges)


async def begin(stores: Stores, claim: Claim) -> bool:
    """Whether the hand-over may begin."""
    return list(await stores.messages.begin([beginning(claim)])) == [claim.message.id]


async def stands(stores: Stores, claim: Claim) -> Message:
    """The claimed message as it is now."""
    message = await stores.messages.message(claim.message.id)
    assert message is not None
    return message


async def finish(stores: Stores, claim: Claim, outcome: str = "sent", **more: object) -> bool:
    """Whether this outcome was kept."""
    step = {"now": TIME, "code": None, **more}
    taken = await stores.messages.finish([Finish(claim, outcome, **step)])  # type: ignore[arg-type]
    return list(taken) == [claim.message.id]


async def retry(stores: Stores, claim: Claim, due: int) -> bool:
    """Whether it may wait until then."""
    return list(await stores.messages.retry([Retry(claim, due, "451")])) == [claim.message.id]


async def page(stores: Stores, **query: object) -> list[str]:
    """The ids of the acts that were decided about, the newest decision first."""
    found = await stores.decisions.page(DecisionQuery(50, **query))  # type: ignore[arg-type]
    return [decision.occasion.ref.id for decision in found]


async def everything(stores: Stores) -> dict[str, Decision]:
    """All decisions, by the act's id."""
    found = await stores.decisions.page(DecisionQuery(50))
    return {decision.occasion.ref.id: decision for decision in found}


async def messages(stores: Stores, customer: str = "c-1") -> Sequence[Message]:
    """Those of a customer, the newest first."""
    return await stores.messages.page(MessageQuery(50, customer))
