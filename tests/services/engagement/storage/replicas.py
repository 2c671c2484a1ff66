"""Processes that share one store of engagement, one of which may die, and what must be so then."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from itertools import count
from random import Random
from typing import Any

import pytest

from services.engagement.domain.act import Act
from services.engagement.domain.customer import CustomerRecord
from services.engagement.domain.decay import DAY_MS, Decay
from services.engagement.domain.folding import fold
from services.engagement.domain.formula import Formula, Level, Rule
from services.engagement.domain.profile import Profile
from services.engagement.domain.scoring import score
from services.engagement.ports.books import BookStore, FollowingBook
from services.engagement.ports.customers import CustomerStore
from services.engagement.ports.leases import LeaseStore
from services.engagement.ports.scores import Advance, ScoreStore
from services.engagement.use_cases.changing_formula import ChangeFormula
from services.engagement.use_cases.rescoring import Rescore
from shared.clock import ManualClock
from tests.services.engagement.builders import LANDMARK, make_formula
from tests.services.engagement.histories import (
    CUSTOMERS,
    make_limited_formula,
)
from tests.services.engagement.opened import make_document


def other_formula() -> Formula:
    """Twice the points, other half-lives, another level."""
    return replace(
        make_formula(),
        version="other",
        decays={
            cell: Decay(LANDMARK, decay.half_life // 2 + DAY_MS)
            for cell, decay in make_formula().decays.items()
        },
        rules={**make_formula().rules, "referral": Rule("advocacy", points=70.0)},
        levels=[Level("newcomer", 0.0), Level("friend", 20.0), Level("champion", 60.0)],
    )


SECOND, LEASE = timedelta(seconds=1), timedelta(seconds=61)
SEEDS = range(8)
FORMULAS = {"test": make_formula(), "other": other_formula(), "third": make_formula()} | {
    f"limited-{seed}": replace(make_limited_formula(Random(seed)), version=f"limited-{seed}")
    for seed in SEEDS
}


class Crashed(Exception):
    """The end of a process."""


class _Dying:
    """A store in a process that dies before or after one of its operations."""

    def __init__(self, store: object, die: Callable[[bool], None]) -> None:
        self._store = store
        self._die = die

    def __getattr__(self, name: str) -> Any:
        operation = getattr(self._store, name)

        async def call(*arguments: Any, **named: Any) -> Any:
            self._die(False)
            result = await operation(*arguments, **named)
            self._die(True)
            return result

        return call


@dataclass(frozen=True)
class Replica:
    """The stores and use cases of one process."""

    clock: ManualClock
    books: BookStore
    following: FollowingBook
    scores: ScoreStore
    customers: CustomerStore
    rescore: Rescore
    change: ChangeFormula

    @classmethod
    def of(
        cls,
        name: str,
        clock: ManualClock,
        books: BookStore,
        following: FollowingBook,
        scores: ScoreStore,
        customers: CustomerStore,
        leases: LeaseStore,
    ) -> "Replica":
        rescore = Rescore(books, following, leases, clock, lambda: name)
        change = ChangeFormula(books, rescore, clock, lambda: None)
        return cls(clock, books, following, scores, customers, rescore, change)

    async def build(self) -> None:
        """Work until there is nothing to do."""
        while await self.rescore():
            pass

    def dying(self, step: int, *, carries_out: bool) -> "Replica":
        """Another process, which dies at its store's so many-th operation: when that has been
        carried out, or before."""
        left = count(1)

        def die(called: bool) -> None:
            if called == carries_out and next(left) == step:
                raise Crashed

        books, following = _Dying(self.books, die), _Dying(self.following, die)
        rescore = replace(self.rescore, books=books, following=following)
        change = replace(self.change, books=books, rescore=rescore)
        return replace(self, rescore=rescore, change=change)

    async def take(self, step: CustomerRecord | Sequence[Act]) -> None:
        if isinstance(step, CustomerRecord):
            await self.customers.keep([step])
            return
        position = await self.scores.position("acts", 0)
        advance = Advance("acts", 0, position, (position or 0) + 1)
        await self.scores.apply(advance, step, partial(score, step))

    async def profiles(self, customers: Sequence[str] = CUSTOMERS) -> dict[str, Profile]:
        return dict(await self.scores.profiles(customers))


async def switch_to(replica: Replica, version: str) -> None:
    """Make a book of this formula the live one, whichever way leads there."""
    shelf = await replica.books.shelf()
    if shelf.live.version == version:
        return
    if shelf.beside is not None and shelf.state == "previous":
        await replica.change.revert(version)
        return
    if shelf.beside is None:
        await replica.change.propose(make_document(version))
    await replica.build()
    await replica.change.switch(version)


async def check_book(replica: Replica, version: str, customers: Sequence[str]) -> None:
    """The live book holds what a fold of all its acts by this formula says, to the last digit."""
    live = await replica.books.live()
    assert live.formula.version == version
    entries = list(await replica.scores.entries(customers))
    owner = {entry.key: entry.customer for entry in entries}
    folded = fold(entries, FORMULAS[version], lambda telling: owner[telling.key])
    profiles = await replica.profiles(customers)
    assert profiles.keys() == folded.changes.keys()
    for customer, change in folded.changes.items():
        profile = profiles[customer]
        assert profile.acts == {kind: n for kind, n in change.acts.items() if n}
        assert profile.money == {code: tuple(s) for code, s in change.money.items() if any(s)}
        assert (profile.first, profile.last) == (change.first, change.last)
        for cell in live.formula.decays:
            wanted = change.sums.get(cell, 0.0)
            assert profile.sums.get(cell, 0.0) == pytest.approx(wanted, rel=1e-9, abs=1e-9)
