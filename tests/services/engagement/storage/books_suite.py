"""What every BookStore and FollowingBook does; each adapter's test module binds the fixtures."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
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
from services.engagement.domain.rescoring import Refolded
from services.engagement.domain.scoring import score
from services.engagement.ports.books import BookStore, FollowingBook
from services.engagement.ports.customers import CustomerStore
from services.engagement.ports.leases import LeaseStore
from services.engagement.ports.scores import Advance, ScoreStore
from services.engagement.use_cases.changing_formula import ChangeFormula
from services.engagement.use_cases.rescoring import Rescore
from shared.clock import ManualClock
from shared.errors import Conflict
from tests.services.engagement.builders import LANDMARK, make_act, make_formula
from tests.services.engagement.histories import (
    CUSTOMERS,
    check,
    expected,
    make_history,
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


_SECOND, _LEASE = timedelta(seconds=1), timedelta(seconds=61)
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


class BookStoreSuite:
    """`replica` and `second` are two processes with one store."""

    async def test_the_first_book_is_live(self, replica: Replica) -> None:
        live = await replica.books.live()
        assert (live.number, live.formula.version, live.beside) == (1, "test", None)
        await replica.books.open(make_document("other"))
        shelf = await replica.books.shelf()
        assert (shelf.live.version, shelf.beside) == ("test", None)

    async def test_a_book_is_built_compared_and_switched_to_and_back(
        self, replica: Replica
    ) -> None:
        await replica.take([make_act(id="a"), make_act("purchase", id="p", order="o", amount="80")])
        before = await replica.profiles(["c-1"])
        await replica.change.propose(make_document("other"))
        assert (await replica.books.shelf()).state == "begun"
        await replica.build()
        shelf = await replica.books.shelf()
        assert (shelf.state, shelf.left) == ("built", 0)
        assert await replica.profiles(["c-1"]) == before
        shelf = await replica.change.switch("other")
        assert (shelf.live.version, shelf.state) == ("other", "previous")
        after = (await replica.profiles(["c-1"]))["c-1"]
        assert after.acts == before["c-1"].acts
        assert after.sums != before["c-1"].sums
        await replica.change.revert("test")
        assert await replica.profiles(["c-1"]) == before

    async def test_acts_are_scored_by_the_live_book_and_follow_into_the_other(
        self, replica: Replica
    ) -> None:
        await replica.take([make_act(id="a")])
        await replica.change.propose(make_document("other"))
        await replica.take([make_act(id="b", customer="c-2")])
        await replica.build()
        await replica.take([make_act(id="c", day=9), make_act(id="d", customer="c-3")])
        await replica.change.switch()
        await replica.take([make_act(id="e", day=11)])
        await _check(replica, "other", ["c-1", "c-2", "c-3"])
        await replica.change.revert()
        await _check(replica, "test", ["c-1", "c-2", "c-3"])

    async def test_entries_say_by_which_formula_they_were_scored(self, replica: Replica) -> None:
        await replica.take([make_act(id="a")])
        await _switch_to(replica, "other")
        await replica.take([make_act(id="b")])
        entries = await replica.scores.entries(["c-1"])
        assert {entry.formula for entry in entries} == {"other"}
        assert len(entries) == 2

    @pytest.mark.parametrize("seed", SEEDS)
    async def test_histories_end_in_what_the_rules_say_by_either_formula(
        self, replica: Replica, second: Replica, seed: int
    ) -> None:
        random, other = Random(seed), f"limited-{seed}"
        steps = make_history(random, limited=True)
        proposed, switched, reverted = sorted(random.choices(range(len(steps) + 1), k=3))
        for number, step in enumerate(steps):
            if number == proposed:
                await replica.change.propose(make_document(other))
            if number == switched:
                replica.clock.advance(_LEASE)
                await second.build()
                await second.change.switch(other)
            if number == reverted:
                await replica.change.revert("test")
            replica.clock.advance(_LEASE)
            await random.choice((replica, second)).rescore()
            await random.choice((replica, second)).take(step)
        replica.clock.advance(_LEASE)
        for version in (other, "test"):
            await _switch_to(replica, version)
            profiles, wanted = await replica.profiles(), expected(steps, FORMULAS[version])
            for customer in CUSTOMERS:
                check(profiles.get(customer), wanted.get(customer), FORMULAS[version])

    async def test_an_erased_customer_is_in_neither_book_and_no_act_counts_again(
        self, replica: Replica
    ) -> None:
        acts = [make_act(id=f"{n}", customer=f"c-{n}") for n in range(1, 4)]
        await replica.take(acts)
        await replica.customers.erase("c-1", "1")
        await replica.change.propose(make_document("other"))
        await replica.build()
        await replica.customers.erase("c-2", "1")
        await replica.build()
        await replica.change.switch()
        for customer in ("c-1", "c-2"):
            await replica.customers.keep([CustomerRecord(customer, 1)])
        await replica.take(acts)
        assert (await replica.profiles(["c-1", "c-2", "c-3"])).keys() == {"c-3"}
        assert (await replica.profiles(["c-3"]))["c-3"].acts == {"referral": 1}

    async def test_an_erasure_reaches_the_book_beside_at_once(self, replica: Replica) -> None:
        await replica.take([make_act(id="a"), make_act(id="b", customer="c-2")])
        await replica.change.propose(make_document("other"))
        await replica.build()
        await replica.customers.erase("c-1", "1")
        pairs = await replica.following.compare("", 9)
        assert [pair.customer for pair in pairs] == ["c-2"]

    async def test_a_merge_meanwhile(self, replica: Replica) -> None:
        await replica.take([make_act(id="a"), make_act(id="b", customer="c-2")])
        await replica.change.propose(make_document("other"))
        await replica.build()
        await replica.customers.keep([CustomerRecord("c-1", 1, "c-2")])
        await replica.change.switch()
        assert (await replica.profiles(["c-1", "c-2"])).keys() == {"c-2"}
        await replica.customers.keep([CustomerRecord("c-1", 2)])
        await replica.change.revert()
        await _check(replica, "test", ["c-1", "c-2"])

    async def test_who_is_excluded_earns_nothing_in_either_book(self, replica: Replica) -> None:
        await replica.take([make_act(id="a"), make_act(id="b", customer="c-2")])
        await replica.customers.keep([CustomerRecord("c-1", 1, None, "staff")])
        await replica.change.propose(make_document("other"))
        await replica.build()
        await replica.customers.keep([CustomerRecord("c-2", 1, None, "blocked")])
        await replica.change.switch()
        profiles = await replica.profiles(["c-1", "c-2"])
        assert profiles.keys() == {"c-1", "c-2"}
        assert not any(any(one.sums.values()) for one in profiles.values())

    async def test_a_customer_who_changes_while_followed_stays_stale(
        self, replica: Replica
    ) -> None:
        await replica.take([make_act(id="a")])
        await replica.change.propose(make_document("other"))
        while (await replica.books.shelf()).state == "begun":
            await replica.rescore()
        read = await replica.following.stale(9)
        assert read is not None
        await replica.take([make_act(id="b", day=3)])
        again = await replica.following.stale(9)
        assert again is not None
        assert again.stamps != read.stamps
        await replica.following.follow(read, {"c-1": Refolded()})
        still = await replica.following.stale(9)
        assert still is not None
        assert still.stamps == again.stamps
        await _switch_to(replica, "other")
        await _check(replica, "other", ["c-1"])

    async def test_the_start_of_a_book_may_be_repeated_at_every_step(
        self, replica: Replica, second: Replica
    ) -> None:
        await replica.take([make_act(id=f"{n}", customer=f"c-{n}") for n in range(5)])
        await replica.customers.erase("c-0", "1")
        number = await replica.books.begin(make_document("other"), announce=False)
        place = await replica.following.prepare(number, "", 2)
        if place is not None:
            await replica.following.prepare(number, place, 2)
        second.clock.advance(_LEASE)
        await second.build()
        await second.change.switch()
        await _check(second, "other", [f"c-{n}" for n in range(5)])

    @pytest.mark.parametrize("last", [False, True])
    @pytest.mark.parametrize("step", range(1, 25, 2))
    async def test_whatever_step_a_process_dies_at_another_goes_on(
        self, replica: Replica, step: int, last: bool
    ) -> None:
        acts = [make_act(id=f"{n}", customer=f"c-{n % 4}") for n in range(9)]
        await replica.take(acts)
        await replica.customers.erase("c-3", "1")
        dying = replica.dying(step, carries_out=last)
        with suppress(Crashed):
            await dying.change.propose(make_document("other"))
            await dying.build()
            await replica.take([make_act(id="x", customer="c-1")])
            await dying.build()
            await dying.change.switch("other")
            await dying.change.revert("test")
        replica.clock.advance(_LEASE)
        for version in ("other", "test"):
            await _switch_to(replica, version)
            await _check(replica, version, ["c-0", "c-1", "c-2", "c-3"])
        await replica.take(acts)
        await _check(replica, "test", ["c-0", "c-1", "c-2", "c-3"])

    async def test_at_most_one_book_stands_beside_the_live_one(
        self, replica: Replica, second: Replica
    ) -> None:
        await replica.change.propose(make_document("other"))
        assert (await second.change.propose(make_document("other"))).state == "begun"
        with pytest.raises(Conflict):
            await second.change.propose(make_document("third"))
        shelf = await second.change.propose(make_document("third"), replace=True)
        assert shelf.beside is not None
        assert (shelf.beside.version, shelf.beside.number) == ("third", 3)
        assert (await replica.change.discard()).beside is None
        assert (await replica.change.discard()).beside is None

    async def test_the_one_before_gives_way_only_where_that_is_asked_for(
        self, replica: Replica
    ) -> None:
        await _switch_to(replica, "other")
        with pytest.raises(Conflict, match="the one before"):
            await replica.change.propose(make_document("third"))
        await replica.change.propose(make_document("third"), replace=True)
        await replica.build()
        assert (await replica.change.switch("third")).live.number == 3

    async def test_what_was_taken_away_is_dropped_a_while_later(self, replica: Replica) -> None:
        await replica.take([make_act(id="a")])
        await _switch_to(replica, "other")
        await replica.change.discard()
        assert not await replica.rescore()
        assert (await replica.profiles(["c-1"])).keys() == {"c-1"}

    async def test_only_what_is_built_can_be_switched_to(self, replica: Replica) -> None:
        await replica.take([make_act(id="a")])
        for refused in (replica.change.switch, replica.change.revert):
            with pytest.raises(Conflict):
                await refused()
        await replica.change.propose(make_document("other"))
        with pytest.raises(Conflict, match="still being built"):
            await replica.change.switch()
        await replica.build()
        with pytest.raises(Conflict, match="other"):
            await replica.change.switch("third")
        await replica.change.switch("other")
        assert (await replica.change.switch("other")).live.version == "other"

    async def test_while_books_are_held_acts_wait_and_go_on_by_the_new_formula(
        self, replica: Replica
    ) -> None:
        await replica.take([make_act(id="a")])
        await replica.change.propose(make_document("other"))
        await replica.build()
        token = await replica.books.hold(5.0)
        assert token is not None
        assert await replica.books.hold(5.0) is None
        waiting = [
            asyncio.create_task(replica.take([make_act(id="b", day=2)])),
            asyncio.create_task(replica.customers.keep([CustomerRecord("c-2", 1, "c-1")])),
        ]
        done, _ = await asyncio.wait(waiting, timeout=0.3)
        assert not done
        assert await replica.books.switch(token, 2)
        await asyncio.gather(*waiting)
        await _check(replica, "other", ["c-1"])

    async def test_a_hold_that_runs_out_is_lifted_by_who_waits_and_switches_nothing(
        self, replica: Replica
    ) -> None:
        await replica.change.propose(make_document("other"))
        await replica.build()
        token = await replica.books.hold(0.05)
        assert token is not None
        await replica.take([make_act(id="a")])
        await replica.build()
        assert not await replica.books.switch(token, 2)
        assert (await replica.books.shelf()).live.number == 1

    async def test_nothing_is_switched_while_somebody_is_stale(self, replica: Replica) -> None:
        await replica.change.propose(make_document("other"))
        await replica.build()
        await replica.take([make_act(id="a")])
        token = await replica.books.hold(5.0)
        assert token is not None
        assert not await replica.books.switch(token, 2)
        await replica.books.release(token)

    async def test_another_replica_notices_the_switch_within_a_second(
        self, replica: Replica, second: Replica
    ) -> None:
        await replica.take([make_act(id="a")])
        assert (await second.books.live()).number == 1
        await _switch_to(replica, "other")
        second.clock.advance(_SECOND)
        assert (await second.books.live()).formula.version == "other"
        assert await second.profiles(["c-1"]) == await replica.profiles(["c-1"])

    async def test_acts_that_another_replica_scores_meanwhile_go_into_the_right_book(
        self, replica: Replica, second: Replica
    ) -> None:
        await replica.take([make_act(id="a")])
        assert (await second.books.live()).number == 1
        await _switch_to(replica, "other")
        await second.take([make_act(id="b", day=2)])
        await _check(replica, "other", ["c-1"])
        await replica.change.revert()
        await _check(replica, "test", ["c-1"])


async def _switch_to(replica: Replica, version: str) -> None:
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


async def _check(replica: Replica, version: str, customers: Sequence[str]) -> None:
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
