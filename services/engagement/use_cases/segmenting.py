"""Refresh who belongs to which segment and circle: one pass over all customers."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from time import perf_counter

import msgspec
import structlog

from services.engagement.domain.grouping import Groups
from services.engagement.domain.membership import (
    Decision,
    Group,
    Membership,
    difference,
    members,
    whole_up_to,
)
from services.engagement.domain.profile import Profile, value
from services.engagement.domain.rfm import NO_ORDERS, Cuts, Sketches, bought
from services.engagement.domain.standing import Standing
from services.engagement.domain.view import Seen
from services.engagement.ports.books import Live, LiveBook
from services.engagement.ports.leases import LeaseStore
from services.engagement.ports.memberships import MembershipStore
from services.engagement.ports.people import PeopleStore
from services.engagement.ports.round_memory import RoundMemory
from services.engagement.ports.scores import ScoreReads
from services.engagement.use_cases.circles import KeepCircles
from services.engagement.use_cases.standing import KeepStandings
from shared.clock import Clock, epoch_ms

NAME = "segments"
LEASE = timedelta(minutes=1)
_PROFILES, _ROWS = 200, 5000

log = structlog.get_logger()


class Refreshed(msgspec.Struct, frozen=True):
    """The last refresh: when it began (ms), how many customers it saw, and where the fifths of
    those who ordered ended then."""

    time: int
    customers: int
    cuts: Cuts | None = None


async def last_refresh(memory: RoundMemory) -> Refreshed | None:
    """None before the first."""
    text = await memory.recall(NAME)
    return None if text is None else msgspec.json.decode(text, type=Refreshed)


@dataclass(frozen=True, slots=True)
class _Window:
    """What is known of the customers with ids up to `until`; None: of all that are left."""

    profiles: Sequence[Profile]
    before: Sequence[Membership]
    decisions: Sequence[Decision]
    told: Sequence[Standing]
    until: str | None


@dataclass(slots=True)
class _Pass:
    """What one pass goes by, how far it is, and what it has found. Without `cuts`, where rules
    compare customers, it is still the pass before, which makes them."""

    now: int
    live: Live
    cuts: Cuts | None
    started: float
    after: str = ""
    sketches: Sketches = field(default_factory=Sketches)
    failures: Counter[Group] = field(default_factory=Counter)
    customers: int = 0
    changed: int = 0


@dataclass(slots=True)
class RefreshMemberships:
    """A customer's fifths are told by the cuts of the refresh before, and cuts for the next are
    made in the same pass; only the first takes two. Memory does not grow with the customers.

    Of many replicas one refreshes, every `seconds`; only what differs is written. A refresh that
    is cut off is begun anew by whoever has the lease next. `standings` is None where nobody asks
    where customers stand.
    """

    scores: ScoreReads
    books: LiveBook
    people: PeopleStore
    memberships: MembershipStore
    circles: KeepCircles
    leases: LeaseStore
    memory: RoundMemory
    groups: Groups
    clock: Clock
    owner: str
    seconds: float
    observe: Callable[[float], None]
    standings: KeepStandings | None = None
    _pass: _Pass | None = None

    async def __call__(self) -> bool:
        """Look at some more customers; whether the refresh goes on."""
        work, self._pass = self._pass, None  # so that an error ends it
        if not await self._hold():
            return False
        self._pass = await (self._begin() if work is None else self._go_on(work))
        if self._pass is None:
            await self.leases.release(NAME, self.owner)
        return self._pass is not None

    async def _begin(self) -> _Pass | None:
        """None while the last refresh is recent enough."""
        now, last = self._now(), await last_refresh(self.memory)
        # A little early is better than a whole round late.
        if last is not None and now - last.time < 0.9 * 1000 * self.seconds:
            return None
        await self.circles.follow_all()
        await self.memberships.retire(self.groups.names)
        cuts = last.cuts if last is not None and last.cuts and last.cuts.customers else None
        return _Pass(now, await self.books.live(), cuts, perf_counter())

    async def _go_on(self, work: _Pass) -> _Pass | None:
        """None once all is done."""
        live = await self.books.live()
        if live.number != work.live.number:
            return _Pass(self._now(), live, work.cuts, work.started)
        if self.groups.wants_rfm and work.cuts is None:
            await self._sketch(work)
            return work
        window = await self._window(work.after)
        await self._classify(window, work)
        if window.until is not None:
            work.after = window.until
            return work
        await self._end(work)
        return None

    async def _sketch(self, work: _Pass) -> None:
        profiles = await self.scores.scan(work.after, _PROFILES)
        for profile in profiles:
            work.sketches.add(bought(profile, work.live.formula))
        if profiles:
            work.after = profiles[-1].customer
        else:
            work.cuts = work.sketches.cuts(work.now)
            work.sketches, work.after = Sketches(), ""

    async def _classify(self, window: _Window, work: _Pass) -> None:
        locales = await self._locales(window.profiles)
        levels: dict[str, str] = {}
        ruled: list[tuple[Group, str]] = []
        for profile in window.profiles:
            seen = self._see(profile, locales.get(profile.customer), work)
            levels[profile.customer] = seen.score.level.name
            groups = self.groups.of(seen, work.failures)
            ruled += [(group, profile.customer) for group in groups]
        after = members(ruled, window.decisions, work.now)
        changes = difference(window.before, after)
        if changes.put or changes.drop:
            await self.memberships.change(changes)
        if self.standings is not None:
            await self.standings.compare(window.told, levels, after, work.live.formula)
        work.customers += len(window.profiles)
        work.changed += len(changes.put) + len(changes.drop)

    async def _end(self, work: _Pass) -> None:
        cuts = work.sketches.cuts(work.now) if self.groups.wants_rfm else None
        done = Refreshed(work.now, work.customers, cuts)
        await self.memory.remember(NAME, msgspec.json.encode(done).decode())
        seconds = perf_counter() - work.started
        self.observe(seconds)
        log.info(
            "segments_refreshed",
            customers=work.customers,
            changed=work.changed,
            seconds=round(seconds, 3),
        )
        for group, count in work.failures.items():
            log.warning("rule_without_answer", kind=group.kind, group=group.name, customers=count)

    def _see(self, profile: Profile, locale: str | None, work: _Pass) -> Seen:
        rfm, formula = NO_ORDERS, work.live.formula
        if work.cuts is not None:
            purchases = bought(profile, formula)
            work.sketches.add(purchases)
            rfm = work.cuts.place(purchases)
        score = value(profile, (), formula, work.now, 0)
        return Seen(score, rfm, locale, formula)

    async def _window(self, after: str) -> _Window:
        profiles = await self.scores.scan(after, _PROFILES)
        until = profiles[-1].customer if len(profiles) == _PROFILES else None
        before = await self.memberships.between(after, until, _ROWS)
        until = whole_up_to(before, _ROWS, until)
        decisions = await self.memberships.decisions(after, until, _ROWS)
        until = whole_up_to(decisions, _ROWS, until)
        told: Sequence[Standing] = ()
        if self.standings is not None:
            told = await self.standings.standings.between(after, until, _ROWS)
            until = whole_up_to(told, _ROWS, until)
        by_hand = {name for name, circle in self.groups.circles.items() if circle.by_hand}
        return _Window(
            [one for one in profiles if _within(one.customer, until)],
            [one for one in before if _within(one.customer, until)],
            [one for one in decisions if one.circle in by_hand and _within(one.customer, until)],
            [one for one in told if _within(one.customer, until)],
            until,
        )

    async def _locales(self, profiles: Sequence[Profile]) -> dict[str, str | None]:
        if not self.groups.wants_locale or not profiles:
            return {}
        people = await self.people.of([one.customer for one in profiles])
        return {customer: person.locale for customer, person in people.items()}

    async def _hold(self) -> bool:
        now = self._now()
        until = now + LEASE // timedelta(milliseconds=1)
        return await self.leases.take(NAME, self.owner, now, until)

    def _now(self) -> int:
        return epoch_ms(self.clock.now())


def _within(customer: str, until: str | None) -> bool:
    return until is None or customer <= until
