"""Moments from the scoring of an act to the topic, once, whoever looks and whoever crashes."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from services.engagement.domain.decay import DAY_MS
from services.engagement.domain.formula import Demotion, Formula
from services.engagement.domain.moment import Moment
from services.engagement.domain.moments import Rules, compile_rules
from services.engagement.domain.person import Person
from services.engagement.domain.scoring import score
from services.engagement.ports.books import Live
from services.engagement.ports.moments import MomentStore
from services.engagement.ports.people import PersonRecord
from services.engagement.ports.scores import Advance
from services.engagement.storage import sqlite
from services.engagement.use_cases.noticing import LEASE_MS, AnnounceMoments, LookAtDue
from shared.clock import ManualClock, epoch_ms, from_epoch_ms
from shared.errors import Unavailable
from shared.programme.moment_rules import build_moment_rules
from shared.storage.sqlite import open_database
from tests.services.engagement.builders import START, make_act, make_formula
from tests.services.engagement.opened import sqlite_books

RULES = compile_rules(build_moment_rules())
FORMULA = replace(make_formula(), demotion=Demotion(30 * DAY_MS, 30 * DAY_MS))


class Announced:
    """A MomentAnnouncer that remembers, and may crash once it has published."""

    def __init__(self) -> None:
        self.ids: list[str] = []
        self.crashing = False

    async def occurred(self, moments: Sequence[Moment]) -> None:
        self.ids += [moment.id for moment in moments]
        if self.crashing:
            raise Unavailable("away")


class Shelf:
    """The one book, of FORMULA."""

    async def live(self) -> Live:
        return Live(1, FORMULA)


@dataclass
class Bench:
    """Stores of one customer after another, on a clock that stands at START."""

    scores: sqlite.SqliteScoreStore
    moments: MomentStore
    people: sqlite.SqlitePeopleStore
    clock: ManualClock
    position: int = 0

    def look(self, zone: str = "Europe/Berlin", *, behind: bool = False) -> LookAtDue:
        return LookAtDue(
            moments=self.moments,
            people=self.people,
            books=Shelf(),
            rules=RULES,
            zone=ZoneInfo(zone),
            clock=self.clock,
            wake=lambda: None,
            is_behind=lambda: behind,
        )

    async def tell(self, day: float = 0, customer: str = "c-1", kind: str = "referral") -> None:
        """Score an act of that day now."""
        self.position += 1
        acts = [make_act(kind, id=f"{self.position}", customer=customer, day=day)]
        await self.scores.apply(
            Advance("acts", 0, self.position - 1 or None, self.position),
            acts,
            partial(score, acts, rules=RULES, now=epoch_ms(self.clock.now())),
        )

    async def names(self, customer: str = "c-1") -> list[str]:
        """Kinds and names of all moments, the newest first."""
        return [f"{m.kind} {m.name}" for m in await self.moments.of([customer], None, 99)]

    def wait(self, days: float) -> None:
        self.clock.advance(timedelta(days=days))


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    async with open_database(tmp_path / "engagement.sqlite", sqlite.MIGRATIONS) as database:
        books = await sqlite_books(database, read=_formula)
        yield Bench(
            sqlite.SqliteScoreStore(database, books),
            sqlite.SqliteMomentStore(database, books),
            sqlite.SqlitePeopleStore(database),
            ManualClock(from_epoch_ms(START)),
        )


def _formula(_: str) -> Formula:
    return FORMULA


async def _lives(bench: Bench, zone: str | None, excluded: bool = False) -> None:
    person = Person(customer="c-1", time_zone=zone, excluded="staff" if excluded else None)
    await bench.people.keep([PersonRecord("c-1", 1, person)])


async def test_what_an_act_brings_is_announced_once_also_after_a_crash(bench: Bench) -> None:
    announced = Announced()
    announce = AnnounceMoments(bench.moments, announced)
    await bench.tell()
    announced.crashing = True
    with pytest.raises(Unavailable):
        await announce()
    announced.crashing = False
    assert await announce() is False
    assert await announce() is False
    names = ["level_reached friend", "first referral", "first contact"]
    assert sorted(await bench.names()) == sorted(names)
    assert len(announced.ids) == 6
    assert announced.ids[:3] == announced.ids[3:]


async def test_an_act_told_again_brings_nothing_again(bench: Bench) -> None:
    await bench.tell()
    before = await bench.names()
    bench.wait(1)
    acts = [make_act("referral", id="1")]
    decide = partial(score, acts, rules=RULES, now=epoch_ms(bench.clock.now()))
    await bench.scores.apply(Advance("acts", 0, 1, 2), acts, decide)
    assert await bench.names() == before


@pytest.mark.parametrize(
    ("zone", "expected"),
    [
        ("America/New_York", "2026-12-31T14:00Z"),  # where the year had not begun
        ("Pacific/Kiritimati", "2026-12-31T19:00Z"),
        ("Nowhere/Land", "2027-01-01T08:00Z"),
        (None, "2027-01-01T08:00Z"),
    ],
)
async def test_an_anniversary_is_in_the_morning_where_the_customer_lives(
    bench: Bench, zone: str | None, expected: str
) -> None:
    await _lives(bench, zone)
    await bench.tell()
    look = bench.look()
    for _ in range(24 * 370):
        bench.wait(1 / 24)
        await look()
    found = [m for m in await bench.moments.of(["c-1"], None, 99) if m.kind == "anniversary"]
    assert [from_epoch_ms(m.time) for m in found] == [datetime.fromisoformat(expected)]


async def test_any_number_of_replicas_notice_it_once(bench: Bench) -> None:
    customers = [f"c-{n}" for n in range(1, 31)]
    for customer in customers:
        await bench.tell(customer=customer)
    bench.wait(366)
    await asyncio.gather(*(bench.look()() for _ in range(6)))
    unannounced = await bench.moments.unannounced(999)
    anniversaries = [moment.customer for moment in unannounced if moment.kind == "anniversary"]
    assert sorted(anniversaries) == sorted(customers)
    await bench.look()()
    assert len(await bench.moments.unannounced(999)) == len(unannounced)


async def test_what_a_replica_took_before_it_crashed_is_looked_at_once_its_lease_ends(
    bench: Bench,
) -> None:
    await bench.tell()
    bench.wait(366)
    now = epoch_ms(bench.clock.now())
    assert len(await bench.moments.take_due(now, now + LEASE_MS, 9)) == 1
    await bench.look()()
    assert "anniversary contact" not in await bench.names()
    bench.clock.advance(timedelta(milliseconds=LEASE_MS))
    await bench.look()()
    await bench.look()()
    assert (await bench.names()).count("anniversary contact") == 1


async def test_a_level_is_lost_without_a_word(bench: Bench) -> None:
    await bench.tell()
    bench.wait(29 + 30)
    before = len(await bench.names())
    await bench.look()()
    bench.wait(2)
    await bench.look()()
    profile = (await bench.scores.profiles(["c-1"]))["c-1"]
    assert [held.level for held in profile.watch.levels] == ["newcomer", "friend", "newcomer"]
    assert len(await bench.names()) == before


async def test_of_staff_no_moments_are_kept(bench: Bench) -> None:
    await bench.tell()
    before = await bench.names()
    await _lives(bench, None, excluded=True)
    bench.wait(366)
    await bench.look()()
    assert await bench.names() == before
    assert await bench.moments.take_due(epoch_ms(bench.clock.now()), 2**60, 9) == []


async def test_a_history_that_is_imported_is_kept_and_announced_to_nobody(bench: Bench) -> None:
    for day in (-900, -500, -499):
        await bench.tell(day)
    await bench.look()()
    assert await bench.moments.unannounced(9) == []
    names = await bench.names()
    assert {"first contact", "first referral", "comeback referral"} <= set(names)
    assert "anniversary contact" not in names


def test_the_shipped_rules_are_complete() -> None:
    assert isinstance(RULES, Rules)
    assert RULES.comeback_after == 180 * DAY_MS


async def test_nothing_is_looked_at_while_many_acts_wait(bench: Bench) -> None:
    await _lives(bench, None)
    await bench.tell()
    before = await bench.names()
    bench.wait(400)
    assert await bench.look(behind=True)() is False
    assert await bench.names() == before
    await bench.look()()
    assert await bench.names() != before
