"""The notifier's use cases on a SQLite log and store, put together for tests."""

from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from pathlib import Path

import msgspec

from services.notifier.domain.delivery import RETRY_AFTER, Receipt
from services.notifier.domain.policy import Policy, Route
from services.notifier.inbound.customers_topic import CustomersTopic
from services.notifier.inbound.engagement_topic import EngagementTopic
from services.notifier.inbound.feedback_topic import FeedbackTopic
from services.notifier.outbound.messages_topic import MessagesTopic
from services.notifier.ports.channels import Channel, Letter
from services.notifier.ports.stores import Stores
from services.notifier.storage.sqlite import MIGRATIONS, sqlite_stores
from services.notifier.use_cases.announcing import Announce
from services.notifier.use_cases.customers import (
    KeepCases,
    KeepCustomers,
    KeepMarks,
    KeepStandings,
)
from services.notifier.use_cases.deciding import DecideAgain, DecideOccasions, PlanForPeople
from services.notifier.use_cases.gatekeeping import Gatekeeper
from services.notifier.use_cases.leaving import LeaveChannels
from services.notifier.use_cases.preferring import Prefer, TellWishes
from services.notifier.use_cases.requesting import AskForMessages
from services.notifier.use_cases.sending import SendMessages
from services.notifier.use_cases.simulating import Simulate
from services.notifier.use_cases.suppressed import WithSuppressed
from services.notifier.use_cases.suppressing import SuppressErased, Suppressing
from services.notifier.use_cases.writing import Links, Writer
from shared.clock import ManualClock
from shared.contracts.cloudevents import CloudEvent, kafka_binding
from shared.contracts.messages import DECIDED, Decided, Delivered
from shared.contracts.topics import CATALOGUE, CUSTOMERS, ENGAGEMENT, FEEDBACK, MESSAGES
from shared.messaging.handler import DeadLetter
from shared.messaging.ports import MessageLog, Publisher, Record
from shared.messaging.sqlite_log import open_sqlite_log
from shared.programme.templates import TemplateSet
from shared.storage.sqlite import open_database
from tests.services.notifier.builders import NOW, SECRET, make_batch, make_policy

ENGLISH = """Subject: Thank you for {{ act.order_id }}
Also: your order {{ act.order_id }}

Hello {{ name or "you" }}, it is number {{ act.order_id }}.
{% if survey_url %}{{ survey_url }}{% endif %}
"""
FRENCH = """Subject: Merci

Bonjour {{ name }} !
"""
LAYOUT = """{{ body }}
{% if also %}And for {{ also | enumerate }}.
{% endif %}
{{ preferences_url }}
"""
TEMPLATES = {
    ("en", "order-thanks"): ENGLISH,
    ("fr", "order-thanks"): FRENCH,
    ("en", "layout"): LAYOUT,
    ("fr", "layout"): LAYOUT,
}
KEY = "a key for tests"


@dataclass(slots=True)
class Letterbox:
    """A channel that keeps letters and answers as told; what a real one can't be made to do."""

    idempotent: bool = False
    answers: Iterator[Receipt] = field(default_factory=lambda: iter(()))
    letters: list[Letter] = field(default_factory=list)
    forgotten: list[str] = field(default_factory=list)
    route: Route = field(default_factory=lambda: Route("email", "email"))
    schedule: Sequence[timedelta] = RETRY_AFTER

    async def hand_over(self, letter: Letter) -> Receipt:
        receipt = next(self.answers, Receipt("taken"))
        if receipt.result == "taken":
            self.letters.append(letter)
        return receipt

    async def forget(self, id: str) -> None:
        self.forgotten.append(id)

    async def close(self) -> None:
        """Nothing is open."""


@dataclass(slots=True)
class Parts:
    """One instance of the service; `publisher`, `stores` and channels may be made to fail. `more`
    are the channels besides `channel`."""

    stores: Stores
    publisher: Publisher
    channel: Channel
    clock: ManualClock
    policy: Policy = field(default_factory=make_policy)
    more: tuple[Channel, ...] = ()
    templates: dict[tuple[str, str], str] = field(default_factory=lambda: dict(TEMPLATES))
    woken: int = 0
    observed: list[tuple[str, float]] = field(default_factory=list)
    gates: dict[str, Gatekeeper] = field(default_factory=dict)
    _tokens: Iterator[int] = field(default_factory=count)

    def wake(self) -> None:
        self.woken += 1

    @property
    def with_suppressed(self) -> WithSuppressed:
        return WithSuppressed(self.stores.suppressions, self.policy.routes, KEY)

    @property
    def plan_for_people(self) -> PlanForPeople:
        return PlanForPeople(self.stores, self.policy, self.with_suppressed)

    @property
    def decide(self) -> DecideOccasions:
        announcer = MessagesTopic(self.publisher)
        return DecideOccasions(self.stores, self.plan_for_people, announcer, self.clock, self.wake)

    @property
    def writer(self) -> Writer:
        return Writer(
            shop="The Corner Shop",
            rules={rule.name: rule for rule in self.policy.rules},
            routes=self.policy.routes,
            templates=TemplateSet(self.templates, "en"),
            links=Links("https://shop.example", SECRET, self.clock),
            customers=self.stores.customers,
            clock=self.clock,
        )

    @property
    def simulate(self) -> Simulate:
        acts = ("purchase", "help", "review", "refund")
        return Simulate(self.stores.decisions, self.plan_for_people, self.writer, acts, self.clock)

    @property
    def ask(self) -> AskForMessages:
        rules = {rule.name: rule for rule in self.policy.rules}
        return AskForMessages(self.stores.decisions, self.decide, rules, self.clock)

    async def scored(self, *records: Record) -> Sequence[DeadLetter]:
        """Records of requite.engagement.v1 arrive."""
        stand = KeepStandings(self.stores, self.clock, self.wake)
        mark = KeepMarks(self.stores, self.clock, self.wake)
        topic = EngagementTopic(self.decide, stand, mark)
        return await topic(make_batch(ENGAGEMENT.name, *records))

    async def customers(self, *records: Record) -> Sequence[DeadLetter]:
        """Records of requite.customers.v1 arrive."""
        suppress = SuppressErased(
            self.stores.customers, Suppressing(self.stores.suppressions, KEY, self.clock)
        )
        keep = KeepCustomers(self.stores, self.clock, self.wake, suppress)
        return await CustomersTopic(keep)(make_batch(CUSTOMERS.name, *records))

    async def cases(self, *records: Record) -> Sequence[DeadLetter]:
        """Records of requite.feedback.v1 arrive."""
        keep = KeepCases(self.stores, self.clock, self.wake)
        return await FeedbackTopic(keep)(make_batch(FEEDBACK.name, *records))

    async def decide_again(self) -> None:
        again = DecideAgain(self.stores, self.plan_for_people, self.clock, self.wake)
        while await again():
            pass

    @property
    def channels(self) -> dict[str, Channel]:
        return {channel.route.name: channel for channel in (self.channel, *self.more)}

    def sender(self, name: str, at_once: int = 8) -> SendMessages:
        """Of one channel."""
        return SendMessages(
            channel=name,
            channels=self.channels,
            stores=self.stores,
            gate=self.gates.setdefault(name, Gatekeeper(name, self.stores.channels)),
            policy=self.policy,
            writer=self.writer,
            with_suppressed=self.with_suppressed,
            clock=self.clock,
            ids=self._token,
            at_once=at_once,
            wake=self.wake,
            observe=lambda purpose, seconds: self.observed.append((purpose, seconds)),
        )

    async def send(self) -> None:
        """Until nothing is due by any channel."""
        for name in self.channels:
            send = self.sender(name)
            while await send():
                pass

    async def tell_wishes(self) -> None:
        tell = TellWishes(self.stores, MessagesTopic(self.publisher), self.clock, self.wake)
        while await tell():
            pass

    @property
    def prefer(self) -> Prefer:
        return Prefer(self.stores, self.clock, self.wake)

    async def leave_channels(self) -> None:
        """What waits for channels that are gone is decided anew."""
        leave = LeaveChannels(
            stores=self.stores,
            policy=self.policy,
            with_suppressed=self.with_suppressed,
            clock=self.clock,
            ids=self._token,
            wake=self.wake,
        )
        while await leave():
            pass

    async def announce(self) -> None:
        announce = Announce(self.stores, MessagesTopic(self.publisher))
        while await announce():
            pass

    def _token(self) -> str:
        return f"{id(self)}-{next(self._tokens)}"


@asynccontextmanager
async def open_parts(
    folder: Path, channel: Channel | None = None, stores: Stores | None = None
) -> AsyncIterator[tuple[Parts, MessageLog]]:
    """The parts at NOW, and the log that they publish to; on SQLite if no `stores` are given."""
    clock = ManualClock(NOW)
    async with (
        open_sqlite_log(folder / "log.sqlite", clock) as log,
        open_database(folder / "notifier.sqlite", MIGRATIONS) as database,
    ):
        await log.ensure_topics(CATALOGUE)
        yield Parts(stores or sqlite_stores(database, KEY), log, channel or Letterbox(), clock), log


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
