"""Stores and rounds of segments and circles, on a clock that stands still."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from pathlib import Path

from services.engagement.domain.decay import DAY_MS
from services.engagement.domain.grouping import Groups
from services.engagement.domain.membership import Group
from services.engagement.domain.moments import compile_rules
from services.engagement.domain.scoring import score
from services.engagement.ports.scores import Advance
from services.engagement.storage import sqlite
from services.engagement.use_cases.circles import KeepCircles
from services.engagement.use_cases.segmenting import RefreshMemberships
from services.engagement.use_cases.standing import KeepStandings
from shared.clock import ManualClock, epoch_ms, from_epoch_ms
from shared.programme.expressions import Language
from shared.programme.groups import Circle, Segment
from shared.programme.moment_rules import build_moment_rules
from shared.storage.sqlite import Database, open_database
from tests.services.engagement.builders import START, make_act
from tests.services.engagement.opened import sqlite_books

RULES = compile_rules(build_moment_rules())
LANGUAGE = Language(["purchase", "referral"], ["commerce", "advocacy"], [])
SECONDS = 300.0


def make_groups(segments: Mapping[str, str], circles: Mapping[str, str | None]) -> Groups:
    """Segments by their rule; circles, all by hand too, by theirs, where they have one."""
    rules = {Group("segment", name): LANGUAGE.compile(when) for name, when in segments.items()}
    rules |= {
        Group("circle", name): LANGUAGE.compile(when) for name, when in circles.items() if when
    }
    return Groups(
        {name: Segment(name, name, None, when) for name, when in segments.items()},
        {name: Circle(name, name, name, when, True, False, ()) for name, when in circles.items()},
        rules,
    )


@dataclass
class Bench:
    """`observed` are the durations of refreshes; where customers stand is kept where `standing`
    says so, and `woken` counts when there was something new."""

    database: Database
    books: sqlite.SqliteBookStore
    scores: sqlite.SqliteScoreStore
    customers: sqlite.SqliteCustomerStore
    people: sqlite.SqlitePeopleStore
    memberships: sqlite.SqliteMembershipStore
    moments: sqlite.SqliteMomentStore
    leases: sqlite.SqliteLeaseStore
    memory: sqlite.SqliteRoundMemory
    standings: sqlite.SqliteStandingStore
    clock: ManualClock
    position: int = 0
    standing: bool = False
    woken: int = 0
    observed: list[float] = field(default_factory=list)

    async def buy(self, *customers: str, amount: str = "10", day: float = 0) -> None:
        """Each places one more order."""
        for customer in customers:
            self.position += 1
            id = f"{self.position}"
            acts = [
                make_act("purchase", id=id, customer=customer, order=id, amount=amount, day=day)
            ]
            await self.scores.apply(
                Advance("acts", 0, self.position - 1 or None, self.position),
                acts,
                partial(score, acts, rules=RULES, now=epoch_ms(self.clock.now())),
            )

    def keep(self, groups: Groups) -> KeepCircles:
        """Decisions by hand."""
        settled = self.keep_standings().look if self.standing else None
        return KeepCircles(self.memberships, self.scores, groups.circles, self.clock, settled)

    def keep_standings(self) -> KeepStandings:
        """What is compared and kept."""

        def wake() -> None:
            self.woken += 1

        return KeepStandings(
            self.standings, self.memberships, self.scores, self.books, self.clock, wake
        )

    def refresh(self, groups: Groups, owner: str = "a") -> RefreshMemberships:
        """The round of one replica."""
        return RefreshMemberships(
            scores=self.scores,
            books=self.books,
            people=self.people,
            memberships=self.memberships,
            circles=self.keep(groups),
            leases=self.leases,
            memory=self.memory,
            groups=groups,
            clock=self.clock,
            owner=owner,
            seconds=SECONDS,
            observe=self.observed.append,
            standings=self.keep_standings() if self.standing else None,
        )

    async def refreshed(self, groups: Groups) -> None:
        """A whole refresh, a round after the last."""
        self.clock.advance(timedelta(seconds=SECONDS))
        refresh = self.refresh(groups)
        while await refresh():
            pass

    async def ids(self, group: Group) -> list[str]:
        """All members."""
        return [one.customer for one in await self.memberships.members(group, "", 10_000)]


@asynccontextmanager
async def open_bench(folder: Path) -> AsyncIterator[Bench]:
    """It is ten days after START."""
    clock = ManualClock(from_epoch_ms(START + 10 * DAY_MS))
    async with open_database(folder / "engagement.sqlite", sqlite.MIGRATIONS) as database:
        books = await sqlite_books(database, clock)
        yield Bench(
            database,
            books,
            sqlite.SqliteScoreStore(database, books),
            sqlite.SqliteCustomerStore(database, books),
            sqlite.SqlitePeopleStore(database),
            sqlite.SqliteMembershipStore(database),
            sqlite.SqliteMomentStore(database, books),
            sqlite.SqliteLeaseStore(database),
            sqlite.SqliteRoundMemory(database),
            sqlite.SqliteStandingStore(database),
            clock,
        )
