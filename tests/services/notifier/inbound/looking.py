"""Somebody who was told of, and what was decided about them, in the stores of a running app."""

from collections.abc import Sequence

from services.notifier.domain.message import Text
from services.notifier.domain.occasion import Occasion
from services.notifier.ports.messages import Begin, Finish
from services.notifier.ports.stores import Stores
from tests.services.notifier.builders import TIME, make_customer, make_plan

TEXT = Text("Thank you", "You are kind.\n", "en")
FAR = 10**8
"""So much later (ms) that no sender takes it."""


async def decide(
    stores: Stores, *occasions: Occasion, able: bool = True, now: int = TIME + FAR
) -> Sequence[str]:
    """Decisions of now about occasions of one customer; the ids of the messages."""
    (person,) = (await stores.customers.customers([occasions[0].customer])).values()
    made = make_customer(person.id, attention=person.attention)
    plan = make_plan(*occasions, customer=made if able else person, now=now)
    assert not await stores.decisions.carry_out([plan])
    return [message.id for message in plan.messages]


async def send(stores: Stores, channel: str = "email", now: int = TIME) -> None:
    """What is due by a channel is handed over, as it were."""
    claims = await stores.messages.claim(channel, "t", TIME + 2 * FAR, TIME + 3 * FAR, 100)
    for claim in claims:
        attention = claim.customer.attention
        begin = Begin(claim, TEXT, attention.revision, attention.charges)
        assert await stores.messages.begin([begin])
        assert await stores.messages.finish([Finish(claim, "sent", now, "250")])
