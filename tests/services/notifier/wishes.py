"""What customers want and what came back, on a SQLite log and store, over HTTP, for tests."""

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx

from services.notifier.domain.customer import Customer
from services.notifier.domain.message import Message
from services.notifier.domain.policy import Policy
from services.notifier.inbound import (
    bounces,
    preferences,
    preferences_page,
    provider_reports,
    suppressions,
)
from services.notifier.outbound.messages_topic import MessagesTopic
from services.notifier.pages.rendering import Pages
from services.notifier.ports.stores import Stores
from services.notifier.storage.sqlite import MIGRATIONS, sqlite_stores
from services.notifier.use_cases.bouncing import TakeBounces
from services.notifier.use_cases.preferring import Prefer, TellWishes
from services.notifier.use_cases.provider_reports import TakeProviderReports
from services.notifier.use_cases.showing import ShowPreferences
from services.notifier.use_cases.suppressing import Suppressing
from shared.clock import ManualClock
from shared.contracts.topics import CATALOGUE
from shared.links import PreferencesLink, sign_preferences_link
from shared.messaging.ports import MessageLog
from shared.messaging.sqlite_log import open_sqlite_log
from shared.programme.channel_rules import BounceRules
from shared.programme.model import ProgrammeSettings
from shared.storage.sqlite import open_database
from shared.web.app import Edge, Endpoints, Service, create_web_app
from shared.web.keys import KeyRing
from tests.asgi import open_client
from tests.services.notifier.builders import NOW, SECRET, make_occasion, make_policy
from tests.services.notifier.storage.asking import KEY, planned

ROUTERS = (
    preferences_page.router,
    preferences.router,
    suppressions.router,
    bounces.router,
    provider_reports.router,
)
PARTS = ("prefer", "preferences", "pages", "suppressing", "bounces", "provider_reports")
SETTINGS = ProgrammeSettings(
    name="Gratitude",
    shop="Tom & Ann's <shop>",
    currency="EUR",
    exchange={"EUR": Decimal(1)},
    time_zone="Europe/Madrid",
    locale="en",
    stale_after=None,
)


@dataclass(slots=True)
class Wishes:
    """`counted` are bounces by kind and outcome, `woken` how often there was something to tell.
    `rules` are of the channels whose providers report, `secrets` by name."""

    stores: Stores
    log: MessageLog
    clock: ManualClock
    policy: Policy = field(default_factory=make_policy)
    counted: Counter[tuple[str, str]] = field(default_factory=Counter)
    woken: int = 0
    rules: dict[str, BounceRules] = field(default_factory=dict)
    secrets: dict[str, tuple[str, ...]] = field(default_factory=dict)
    client: httpx.AsyncClient = field(default_factory=httpx.AsyncClient)

    def wake(self) -> None:
        self.woken += 1

    @property
    def prefer(self) -> Prefer:
        return Prefer(self.stores, self.clock, self.wake)

    @property
    def preferences(self) -> ShowPreferences:
        customers, public = self.stores.customers, "https://shop.example"
        return ShowPreferences(customers, self.policy, SECRET, public, self.clock)

    @property
    def pages(self) -> Pages:
        return Pages(SETTINGS)

    @property
    def suppressing(self) -> Suppressing:
        return Suppressing(self.stores.suppressions, KEY, self.clock)

    @property
    def bounces(self) -> TakeBounces:
        routes, count = self.policy.routes, lambda kind, came: self.counted.update([(kind, came)])
        return TakeBounces(self.stores, self.prefer, self.suppressing, routes, count)

    @property
    def provider_reports(self) -> TakeProviderReports:
        def secrets(name: str) -> tuple[str, ...]:
            return self.secrets.get(name, ())

        return TakeProviderReports(
            self.rules, self.policy.routes, secrets, self.bounces, self.clock
        )

    @property
    def tell(self) -> TellWishes:
        return TellWishes(self.stores, MessagesTopic(self.log), self.clock, self.wake)

    async def customer(self, id: str = "c-1") -> Customer:
        """As the store has them."""
        return await self.prefer.customer(id)

    async def message(self, id: str = "1001") -> Message:
        """One that was decided on now, about an act of c-1."""
        (plan,) = await planned(self.stores, make_occasion(id))
        return plan.messages[0]

    def path(self, customer: str = "c-1", message_id: str | None = None) -> str:
        """Of a link to the page."""
        return f"/u/{sign_preferences_link(SECRET, PreferencesLink(customer, message_id))}"


@asynccontextmanager
async def open_wishes(folder: Path, **attention: Any) -> AsyncIterator[Wishes]:
    """At NOW, with a client that may do everything."""
    clock, edge = ManualClock(NOW), Edge(KeyRing(folder / "keys.json"))
    app = create_web_app(Service("notifier", "Notifier", ""), edge, Endpoints(ROUTERS))
    async with (
        open_sqlite_log(folder / "log.sqlite", clock) as log,
        open_database(folder / "notifier.sqlite", MIGRATIONS) as database,
        open_client(app, edge.keys.create("test", ["admin"])) as client,
    ):
        await log.ensure_topics(CATALOGUE)
        wishes = Wishes(sqlite_stores(database, KEY), log, clock, make_policy(**attention))
        wishes.client = client
        app.state.notifier = SimpleNamespace(**{name: getattr(wishes, name) for name in PARTS})
        yield wishes
