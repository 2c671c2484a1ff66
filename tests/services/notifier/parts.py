"""The notifier's use cases on a SQLite log and store, put together for tests."""

from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import msgspec

from services.notifier.domain.delivery import Receipt
from services.notifier.inbound.customers_topic import CustomersTopic
from services.notifier.inbound.engagement_topic import EngagementTopic
from services.notifier.inbound.feedback_topic import FeedbackTopic
from services.notifier.outbound.messages_topic import MessagesTopic
from services.notifier.ports import Channel, Mail, Stores
from services.notifier.storage.sqlite import MIGRATIONS, sqlite_stores
from services.notifier.use_cases.announcing import Announce
from services.notifier.use_cases.customers import KeepCases, KeepCustomers
from services.notifier.use_cases.deciding import DecideActs, DecideAgain
from services.notifier.use_cases.sending import SendMessages, Writer
from shared.clock import ManualClock
from shared.contracts.cloudevents import CloudEvent, kafka_binding
from shared.contracts.messages import DECIDED, Decided, Delivered
from shared.contracts.topics import CATALOGUE, CUSTOMERS, ENGAGEMENT, FEEDBACK, MESSAGES
from shared.messaging.handler import DeadLetter
from shared.messaging.ports import MessageLog, Publisher, Record
from shared.messaging.sqlite_log import open_sqlite_log
from shared.programme.model import ThanksRule
from shared.programme.templates import TemplateSet
from shared.storage.sqlite import open_database
from tests.services.notifier.builders import NOW, SECRET, make_batch, make_rule

ENGLISH = """Subject: Thank you for {{ act.order_id }}

Hello {{ name or "you" }}, thank you for {{ act.total }} {{ act.currency }}.
{% if survey_url %}{{ survey_url }}{% endif %}
"""
FRENCH = """Subject: Merci

Bonjour {{ name }} !
"""
TEMPLATES = {("en", "order-thanks"): ENGLISH, ("fr", "order-thanks"): FRENCH}


@dataclass(slots=True)
class Letterbox:
    """A channel that keeps mails and answers as told; what a real one can't be made to do."""

    idempotent: bool = False
    answers: Iterator[Receipt] = field(default_factory=lambda: iter(()))
    mails: list[Mail] = field(default_factory=list)
    forgotten: list[str] = field(default_factory=list)

    async def hand_over(self, mail: Mail) -> Receipt:
        receipt = next(self.answers, Receipt("taken"))
        if receipt.result == "taken":
            self.mails.append(mail)
        return receipt

    async def forget(self, id: str) -> None:
        self.forgotten.append(id)


@dataclass(slots=True)
class Parts:
    """One instance of the service; `publisher`, `stores` and `channel` may be made to fail."""

    stores: Stores
    publisher: Publisher
    channel: Channel
    clock: ManualClock
    rule: ThanksRule = field(default_factory=make_rule)
    woken: int = 0
    _tokens: Iterator[int] = field(default_factory=count)

    def wake(self) -> None:
        self.woken += 1

    async def scored(self, *records: Record) -> Sequence[DeadLetter]:
        """Records of requite.engagement.v1 arrive."""
        announcer = MessagesTopic(self.publisher)
        rules = {self.rule.on: self.rule}
        decide = DecideActs(self.stores, rules, announcer, self.clock, self.wake)
        return await EngagementTopic(decide)(make_batch(ENGAGEMENT.name, *records))

    async def customers(self, *records: Record) -> Sequence[DeadLetter]:
        """Records of requite.customers.v1 arrive."""
        keep = KeepCustomers(self.stores, self.clock, self.wake)
        return await CustomersTopic(keep)(make_batch(CUSTOMERS.name, *records))

    async def cases(self, *records: Record) -> Sequence[DeadLetter]:
        """Records of requite.feedback.v1 arrive."""
        keep = KeepCases(self.stores, self.clock, self.wake)
        return await FeedbackTopic(keep)(make_batch(FEEDBACK.name, *records))

    async def decide_again(self) -> None:
        again = DecideAgain(self.stores, {self.rule.on: self.rule}, self.clock, self.wake)
        while await again():
            pass

    async def send(self) -> None:
        """Until nothing is due."""
        writer = Writer(
            "The Corner Shop",
            {self.rule.name: self.rule},
            TemplateSet(TEMPLATES, "en"),
            "https://shop.example",
            SECRET,
            self.clock,
        )
        channels = {"email": self.channel}
        token = self._token
        send = SendMessages(self.stores, channels, writer, self.clock, token, self.wake)
        while await send():
            pass

    async def announce(self) -> None:
        announce = Announce(self.stores, MessagesTopic(self.publisher))
        while await announce():
            pass

    def _token(self) -> str:
        return f"{id(self)}-{next(self._tokens)}"


@asynccontextmanager
async def open_parts(
    folder: Path, channel: Channel | None = None
) -> AsyncIterator[tuple[Parts, MessageLog]]:
    """The parts at NOW, and the log that they publish to."""
    clock = ManualClock(NOW)
    async with (
        open_sqlite_log(folder / "log.sqlite", clock) as log,
        open_database(folder / "notifier.sqlite", MIGRATIONS) as database,
    ):
        await log.ensure_topics(CATALOGUE)
        yield Parts(sqlite_stores(database), log, channel or Letterbox(), clock), log


async def announced(log: MessageLog) -> list[CloudEvent]:
    """All of requite.messages.v1, by order of publishing for each customer."""
    events: list[CloudEvent] = []
    async with log.subscribe("test", [MESSAGES.name]) as subscription:
        while batches := await subscription.fetch(1000, 0.05):
            for batch in batches:
                events += [kafka_binding.decode(d.headers, d.value) for d in batch.deliveries]
    return events


def read(event: CloudEvent) -> Decided | Delivered:
    """The payload of an event of requite.messages.v1."""
    kind: Callable[[bytes], Decided | Delivered] = (
        msgspec.json.Decoder(Decided).decode
        if event.type == DECIDED
        else msgspec.json.Decoder(Delivered).decode
    )
    return kind(event.data or b"")
