"""What is announced has an id of its own, and the same one when it is said again."""

from collections.abc import Sequence
from dataclasses import replace

from services.notifier.domain.decision import Decision
from services.notifier.outbound.messages_topic import MessagesTopic
from shared.contracts.cloudevents import kafka_binding
from shared.messaging.ports import Record
from tests.services.notifier.builders import TIME, make_customer, make_occasion, make_plan


class Kept:
    """A publisher that keeps what it was given."""

    def __init__(self) -> None:
        self.records: list[Record] = []

    async def publish(self, topic: str, records: Sequence[Record]) -> None:
        self.records += records


async def ids(*decisions: Decision) -> list[str]:
    """Of what is announced of them."""
    kept = Kept()
    await MessagesTopic(kept).decided(decisions)
    return [kafka_binding.decode(one.headers, one.value).id for one in kept.records]


async def test_a_repeat_has_the_same_id_and_news_another() -> None:
    (one,) = make_plan(make_occasion(), customer=make_customer()).new
    by_another_channel = replace(one, channel="sms", message_id="f" * 32, decided_at=TIME + 1)
    held = replace(one, verdict="held", reason="over_budget", message_id=None)
    held_again = replace(held, decided_at=TIME + 2)
    said = await ids(one, by_another_channel, held, held_again)
    assert len(set(said)) == 4
    assert await ids(one, replace(one, revision=7, tried=("sms",))) == [said[0], said[0]]
