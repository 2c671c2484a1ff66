"""The use cases around who is who, over real stores and topics that remember."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from services.events.domain.pseudonyms import Pseudonyms
from services.events.ports.stores import Stores
from services.events.use_cases.customers import KeepCustomers
from services.events.use_cases.identities import ClaimActs, ClaimWaiting, Identify, LinkAliases
from services.events.use_cases.introductions import IntroducePeople
from services.events.use_cases.settling import SettleAliases
from services.events.use_cases.taking import TakeEvents
from shared.clock import ManualClock
from shared.config import DEFAULT_PROGRAMME
from shared.contracts.catalogue import Catalogue
from shared.contracts.cloudevents import CloudEvent
from shared.contracts.customers import Customer
from shared.errors import Unavailable
from shared.programme.loader import load
from tests.services.events.builders import NOW

KEY = "a key for tests"
PSEUDONYMS = Pseudonyms(KEY)
CATALOGUE = Catalogue(load(DEFAULT_PROGRAMME).acts.values())


@dataclass
class ActsTopic:
    """Acts; `fails` times it is away."""

    published: list[CloudEvent] = field(default_factory=list)
    fails: int = 0

    async def publish(self, events: Sequence[CloudEvent]) -> None:
        if self.fails:
            self.fails -= 1
            raise Unavailable("the topic is away")
        self.published += events

    @property
    def said(self) -> set[tuple[str, str, str | None]]:
        """Which acts there are, and whose: twice told is told once."""
        return {(act.source, act.id, act.subject) for act in self.published}


class CustomersTopic:
    """CustomerChanges that lets somebody else act just before its first word is told."""

    def __init__(self) -> None:
        self.told: list[str | None] = []
        self.meanwhile: Callable[[], Awaitable[object]] | None = None
        self.fails = 0

    async def changed(self, customer_id: str, customer: Customer, now: datetime) -> None:
        await self._wait()
        self.told.append(customer.name)

    async def erased(self, customer_id: str) -> None:
        await self._wait()
        self.told.append(None)

    async def _wait(self) -> None:
        if self.fails:
            self.fails -= 1
            raise Unavailable("the topic is away")
        meanwhile, self.meanwhile = self.meanwhile, None
        if meanwhile is not None:
            await meanwhile()


class People:
    """Everything that events does about people."""

    def __init__(self, stores: Stores, acts: ActsTopic | None = None) -> None:
        self.stores, self.clock = stores, ManualClock(NOW)
        self.acts, self.changes = acts or ActsTopic(), CustomersTopic()
        self.waiting: list[int] = []
        self.claim = ClaimActs(stores.identities, stores.unclaimed, self.acts)
        self.link = LinkAliases(stores.identities, self.claim, self.clock)
        self.round = ClaimWaiting(self.claim, self.clock, self.waiting.append)
        self.identify = Identify(stores.identities, stores.unclaimed, self.claim, self.clock)
        self.take = TakeEvents(self.acts, stores.quarantine, self.clock, self.identify, CATALOGUE)
        settle = SettleAliases(self.link, PSEUDONYMS)
        self.keep = KeepCustomers(
            stores.customers,
            self.changes,
            self.clock,
            stores.forgetting,
            settle,
            stores.merges,
            stores.erased,
        )
        self.introduce = IntroducePeople(self.keep)

    async def resolve(self, *aliases: str) -> dict[str, str]:
        return dict(await self.stores.identities.resolve(aliases))

    async def holders(self, customer_id: str) -> set[tuple[str, Any]]:
        """The aliases that lead to a customer, and by whose word."""
        links = await self.stores.identities.leading_to([customer_id])
        return {(one.alias, one.by) for one in links}
