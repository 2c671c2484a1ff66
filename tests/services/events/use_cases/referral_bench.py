"""Referrals over real stores, with a topic that remembers and a clock that is moved by hand."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

from services.events.domain.customer import Details
from services.events.domain.evidence import Seen
from services.events.domain.referral import Decision, Referral
from services.events.domain.watched import WatchedAct, watch
from services.events.ports.referrals import Wanted
from services.events.ports.stores import Stores
from services.events.storage.sqlite.opening import open_sqlite_stores
from services.events.use_cases.people import FindPeople
from services.events.use_cases.referrals import ReferralTerms, open_desk
from services.events.use_cases.referring import Claim
from shared.config import Settings
from shared.contracts.acts import short_name
from shared.programme.model import Allowance, ReferralRules
from tests.services.events.builders import make_event
from tests.services.events.use_cases.people import PSEUDONYMS, People

DAY = timedelta(days=1)
RULES = ReferralRules(
    attribution_window=90 * DAY,
    return_window=14 * DAY,
    cap=Allowance(20, 365 * DAY),
    same_address_window=30 * DAY,
    claims_per_ip=Allowance(10, 7 * DAY),
    link="https://shop.example/?ref={code}",
)


class Bench:
    """c-1 invites; everybody else may come."""

    def __init__(self, stores: Stores, rules: ReferralRules = RULES) -> None:
        self.stores, self.people, self.rules = stores, People(stores), rules
        numbers = count(1)
        self.desk = open_desk(
            stores,
            FindPeople(stores.customers, stores.identities, stores.merges, PSEUDONYMS),
            self.people.take,
            ReferralTerms(rules, "https://thanks.example", None),
            lambda: f"{next(numbers):032x}",
            lambda: None,
        )

    @property
    def now(self) -> datetime:
        return self.people.clock.now()

    async def wait(self, days: float) -> None:
        """Time passes, and the round goes."""
        self.people.clock.advance(days * DAY)
        await self.confirm()

    async def confirm(self) -> None:
        while await self.desk.confirm():
            pass

    async def code(self, referrer: str = "c-1", **seen: str) -> str:
        invitation, _ = await self.desk.invite(referrer, Seen(**seen))
        return invitation.code

    async def know(self, customer: str, **details: Any) -> None:
        await self.people.keep.put(customer, Details(**details))

    async def claim(
        self, code: str, customer: str = "c-2", anonymous_id: str | None = None, **seen: str
    ) -> Referral:
        said = Claim(code, customer, self.now, Seen(**seen), anonymous_id)
        found = await self.desk.refer.claim(said)
        assert found is not None
        return found

    def act(self, kind: str, customer: str = "c-2", at: datetime | None = None, **data: Any) -> Any:
        """An act as it comes by on the topic; the same `data` is the same act."""
        moment = at or self.now
        act_id = f"{kind}-{sorted(data.items())}"
        return watch(make_event(kind, data, subject=customer, time=moment.isoformat(), id=act_id))

    async def see(self, *acts: WatchedAct) -> None:
        await self.desk.watch(acts)

    async def buy(self, customer: str = "c-2", order: str = "o-1", **data: Any) -> None:
        said: dict[str, Any] = {"order_id": order, "total": "50.00", "currency": "EUR"} | data
        await self.see(self.act("purchase", customer, **said))

    async def refund(self, total: str, customer: str = "c-2", order: str = "o-1") -> None:
        said: dict[str, Any] = {"order_id": order, "total": total, "currency": "EUR"}
        await self.see(self.act("refund", customer, **said))

    async def decide(self, referral: Referral, verdict: Any) -> Referral | None:
        decision = Decision(verdict, self.now, "anna at the desk", "they are neighbours")
        return await self.desk.decide(referral.id, decision)

    async def all(self, **wanted: Any) -> list[Referral]:
        return list(await self.stores.referrals.page(Wanted(**wanted), None, 200))

    async def outcome(self, referral: Referral) -> tuple[str, str | None]:
        """State and reason as they stand now."""
        now = await self.stores.referrals.get(referral.id)
        assert now is not None
        return now.state, now.history[-1].reason

    @property
    def told(self) -> list[tuple[str, str | None]]:
        """Kind and subject of every act that was told, in order."""
        return [(short_name(act.type), act.subject) for act in self.people.acts.published]


@asynccontextmanager
async def open_bench(folder: Path, **rules: Any) -> AsyncIterator[Bench]:
    async with open_sqlite_stores(folder / "events.sqlite", Settings()) as stores:
        yield Bench(stores, replace(RULES, **rules))
