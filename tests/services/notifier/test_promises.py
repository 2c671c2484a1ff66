"""Whatever happens in whatever order, in several processes that die: nobody is written to more
often than the programme allows, nothing is decided twice, and nothing goes missing unexplained.

The checks go by what was handed over, and use no code of the domain.
"""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from services.notifier.domain.delivery import RETRY_AFTER, Receipt
from services.notifier.domain.marks import Mark
from services.notifier.domain.policy import Policy, Route
from services.notifier.domain.wish import Wish
from services.notifier.ports.channels import Letter
from services.notifier.ports.decisions import DecisionQuery
from services.notifier.ports.messages import MessageQuery
from services.notifier.use_cases.leasing import LEASE
from services.notifier.use_cases.requesting import Request
from services.notifier.use_cases.suppressing import Suppressing
from shared.clock import ManualClock, epoch_ms
from shared.contracts.customers import Consent
from shared.contracts.purposes import PURPOSES
from tests.services.notifier.builders import (
    NOW,
    case_record,
    customer_record,
    make_occasion,
    make_policy,
    make_rule,
    scored,
)
from tests.services.notifier.domain.oracle import is_quiet
from tests.services.notifier.parts import KEY, Parts, open_parts
from tests.services.notifier.use_cases.dying import Died, Fuse, mortal

PEOPLE = ("p-1", "p-2", "p-3")
TWIN = "p-3"
"""Turns out to be p-1, now and then."""
ZONE = ZoneInfo("Europe/Madrid")
WINDOWS: Sequence[tuple[int, timedelta | None, frozenset[str]]] = (
    (2, None, frozenset(PURPOSES)),
    (1, None, frozenset(("thanks", "survey", "touchpoint", "promotion"))),
    (3, timedelta(days=7), frozenset(("thanks", "survey", "touchpoint", "promotion"))),
    (1, timedelta(days=3), frozenset(("survey",))),
)
"""At most so many, a calendar day (None) or within a length, of these purposes."""
MAIL = Route("email", "email")
APP = Route("app", "customer", needs_consent=False, disturbs=False)
KINDS = {
    "complaint": "recovery",
    "purchase": "thanks",
    "silence": "touchpoint",
    "news": "promotion",
}


def make_rules() -> Policy:
    """Acts of each purpose, and requests; mails first, then the app."""
    both = ("email", "app")
    rules = [
        make_rule(
            kind,
            on=kind,
            purpose=purpose,
            channels=both,
            survey=None,
            merges=timedelta() if purpose == "thanks" else None,
            stale_after=timedelta(days=10),
        )
        for kind, purpose in KINDS.items()
    ]
    asked = make_rule("ask", on="request", purpose="survey", channels=("app",), survey=None)
    invited = make_rule("invite", on="request", channels=both, survey=None, merges=None)
    budget = [
        {"at_most": most, "per": f"{per.days}d" if per else "day", "purposes": sorted(purposes)}
        for most, per, purposes in WINDOWS
    ]
    return make_policy(*rules, asked, invited, routes=(MAIL, APP), budget=budget, promotion=True)


@dataclass(slots=True)
class Post:
    """Every letter that a customer may have got, whatever the channel said of it, with whoever
    stood for the same person then."""

    clock: ManualClock
    random: Random
    merged: bool = False
    delivered: list[tuple[int, str, Letter]] = field(default_factory=list)
    persons: dict[str, frozenset[str]] = field(default_factory=dict)

    def take(self, channel: str, letter: Letter) -> None:
        twins = frozenset((PEOPLE[0], TWIN))
        person = twins if self.merged and letter.customer in twins else {letter.customer}
        self.persons.setdefault(letter.id, frozenset(person))
        self.delivered.append((epoch_ms(self.clock.now()), channel, letter))


@dataclass(slots=True)
class Carrier:
    """A channel of moods; of the answers only `refused` and `deferred` mean that nothing came."""

    post: Post
    route: Route
    idempotent: bool
    schedule: Sequence[timedelta] = RETRY_AFTER

    async def hand_over(self, letter: Letter) -> Receipt:
        results: list[Any] = ["taken"] * 6 + ["deferred", "refused", "uncertain"]
        result = self.post.random.choice(results)
        if result in ("taken", "uncertain"):
            self.post.take(self.route.name, letter)
        return Receipt(result, None if result == "taken" else "mood")

    async def forget(self, id: str) -> None:
        """Nothing is held."""

    async def close(self) -> None:
        """Nothing is open."""


@dataclass(slots=True)
class World:
    """What has happened; `parts` is the process that is alive, `other` its replica."""

    parts: Parts
    random: Random
    post: Post
    told: set[str] = field(default_factory=set)
    revisions: Counter[str] = field(default_factory=Counter)
    cases: Counter[str] = field(default_factory=Counter)
    seen: int = 0

    async def step(self, what: str) -> None:  # noqa: C901 - one short case for each thing
        who, parts = self.random.choice(PEOPLE), self.parts
        match what:
            case "acts":
                occasions = []
                for _ in range(self.random.randint(1, 4)):
                    self.seen += 1
                    kind = self.random.choice([*KINDS, "unheard"])
                    days = epoch_ms(parts.clock.now()) - epoch_ms(NOW)
                    made = make_occasion(
                        f"a-{self.seen}", self.random.choice(PEOPLE), kind, days / 86_400_000
                    )
                    occasions.append(made)
                await self._at_least_once(lambda p: p.scored(*map(scored, occasions)))
                self.told |= {one.ref.id for one in occasions}
            case "request":
                self.seen += 1
                wish = Request(
                    f"r-{self.seen}", who, self.random.choice(("ask", "invite")), {"order_id": "7"}
                )
                await self._at_least_once(lambda p: p.ask(wish))
                self.told.add(wish.id)
            case "known":
                await self._at_least_once(lambda p: p.customers(self._record(who)))
            case "merge":
                self.post.merged = not self.post.merged
                await self._at_least_once(lambda p: p.customers(self._record(TWIN)))
            case "case":
                self.cases[who] = 1 - self.cases[who]
                record = case_record(who, f"k-{who}", is_open=bool(self.cases[who]))
                await self._at_least_once(lambda p: p.cases(record))
            case "refund":
                now = epoch_ms(parts.clock.now())
                side = self.random.choice(("opened", "closed"))
                mark: Any = Mark(kind="refund", key="1", **{side: now})
                await parts.stores.customers.mark({who: [mark]})
                await parts.stores.decisions.wake([who], now)
            case "pause":
                until = epoch_ms(parts.clock.now()) + self.random.choice((0, 86_400_000))
                await parts.prefer(who, Wish(pause=until), "page")
                await self._at_least_once(lambda p: p.tell_wishes())
            case "bounce":
                suppressing = Suppressing(parts.stores.suppressions, KEY, parts.clock)
                await suppressing.add([("email", f"{who}@example.org")], "hard_bounce")
            case "send" | "decide":
                await self._at_least_once(
                    lambda p: p.send() if what == "send" else p.decide_again()
                )
            case "together":
                replica = replace(parts, gates={})
                await asyncio.gather(
                    parts.send(), replica.decide_again(), replica.send(), parts.decide_again()
                )
            case "later":
                hours = self.random.choice((0.02, 1, 5, 13, 24, 49))
                parts.clock.advance(timedelta(hours=hours))

    async def _at_least_once(self, work: Any) -> None:
        """The process may die in the middle; another starts and does it again."""
        if self.random.random() < 0.4:
            moment: Any = self.random.choice(("before", "after"))
            try:
                await work(mortal(self.parts, Fuse(self.random.randint(1, 12), moment)))
            except Died:
                if self.random.random() < 0.5:
                    self.parts.clock.advance(LEASE)
            else:
                return
        self.parts = replace(self.parts, gates={})
        await work(self.parts)

    def _record(self, who: str) -> Any:
        self.revisions[who] += 1
        known: dict[str, Any] = {"revision": self.revisions[who], "email": f"{who}@example.org"}
        if who == TWIN and self.post.merged:
            gone = {"merged_into": PEOPLE[0], "name": None, "email": None, "consents": ()}
            return customer_record(who, **known | gone)
        consents = tuple(
            Consent(purpose=p, channel="email", state="granted", time="2026-01-01T00:00:00Z")
            for p in PURPOSES
        )
        return customer_record(who, **known, time_zone=ZONE.key, consents=consents)

    async def settle(self) -> None:
        """Everything that still can happen, does."""
        for _ in range(24):
            self.parts.clock.advance(timedelta(hours=13))
            await self.parts.decide_again()
            await self.parts.send()
        await self.parts.announce()


STEPS = st.lists(
    st.sampled_from(
        [
            *("acts", "acts", "acts", "request", "request", "known", "merge", "case", "refund"),
            *(
                "pause",
                "bounce",
                "send",
                "send",
                "decide",
                "together",
                "together",
                "later",
                "later",
            ),
        ]
    ),
    min_size=10,
    max_size=45,
)


@settings(max_examples=25, deadline=None)
@given(STEPS, st.integers(0, 2**32))
def test_every_promise_is_kept_on_every_path(steps: list[str], seed: int) -> None:
    with TemporaryDirectory() as folder:
        asyncio.run(_live_through(Path(folder), steps, Random(seed)))


async def _live_through(folder: Path, steps: Sequence[str], random: Random) -> None:
    async with open_parts(folder) as (parts, _):
        post = Post(parts.clock, random)
        mail, app = Carrier(post, MAIL, idempotent=False), Carrier(post, APP, idempotent=True)
        parts = replace(parts, policy=make_rules(), channel=mail, more=(app,))
        world = World(parts, random, post)
        for who in PEOPLE[:2]:
            await world.parts.customers(world._record(who))
        for step in steps:
            await world.step(step)
        await world.settle()
        nobody_is_over_budget(post)
        nobody_is_woken(post)
        nobody_gets_a_mail_twice(post)
        await every_occasion_has_one_decision(world)
        await every_message_ends_as_recorded(world, post)


def nobody_is_over_budget(post: Post) -> None:
    """Whenever a letter was handed over, it found room beside all that the person had got, under
    any id of theirs; a repetition is the same letter, got the first time."""
    got: list[tuple[int, Letter]] = []
    for at, _, letter in post.delivered:
        if letter.id in (one.id for _, one in got):
            continue
        got.append((at, letter))
        theirs = [(when, one) for when, one in got if one.customer in post.persons[letter.id]]
        for most, per, purposes in WINDOWS:
            if letter.purpose in purposes:
                times = [when for when, one in theirs if one.purpose in purposes]
                assert within(times, at, per) <= most, (letter.customer, most, per, times)


def within(times: Sequence[int], now: int, per: timedelta | None) -> int:
    """How many count together with one at `now`."""
    if per is None:
        return sum(day(at) == day(now) for at in times)
    return sum(at > now - per / timedelta(milliseconds=1) for at in times)


def day(time: int) -> date:
    return datetime.fromtimestamp(time / 1000, ZONE).date()


def nobody_is_woken(post: Post) -> None:
    """No mail goes out at night."""
    hours = make_policy().attention.quiet_hours
    mails = [at for at, channel, _ in post.delivered if channel == MAIL.name]
    assert not [at for at in mails if is_quiet(at, hours, [ZONE])]


def nobody_gets_a_mail_twice(post: Post) -> None:
    """An idempotent channel may be handed the same letter again, word by word."""
    mails = Counter(letter.id for _, channel, letter in post.delivered if channel == MAIL.name)
    assert set(mails.values()) <= {1}
    texts: dict[str, set[str]] = {}
    for _, channel, letter in post.delivered:
        if channel == APP.name:
            texts.setdefault(letter.id, set()).add(letter.text.body)
    assert not [id for id, bodies in texts.items() if len(bodies) > 1]


async def every_occasion_has_one_decision(world: World) -> None:
    decisions = await world.parts.stores.decisions.page(DecisionQuery(10_000))
    assert Counter(d.occasion.ref.id for d in decisions) == Counter(world.told)
    for decision in decisions:
        assert (decision.verdict in ("thanked", "merged")) == (decision.message_id is not None)
        assert decision.sentence
        # Only those whom nobody knows, and whose case is open, may still wait: all else was stale.
        assert decision.verdict != "held" or decision.held_until is not None


async def every_message_ends_as_recorded(world: World, post: Post) -> None:
    """What a decision promises has a message, which was handed over or says what became of it."""
    stores = world.parts.stores
    decisions = await stores.decisions.page(DecisionQuery(10_000))
    delivered = {letter.id for _, _, letter in post.delivered}
    kept = {m.id: m for p in PEOPLE for m in await stores.messages.page(MessageQuery(1000, p))}
    assert delivered <= kept.keys()
    for decision in decisions:
        if decision.message_id is not None:
            message = kept[decision.message_id]
            assert message.status in ("sent", "unknown")
            assert message.status == "unknown" or message.id in delivered
    for message in kept.values():
        assert message.finished_at is not None
        # Only an attempt that may have arrived may have, where it was not told so.
        assert message.id not in delivered or message.status in ("sent", "unknown")
