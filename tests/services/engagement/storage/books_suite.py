"""What every BookStore and FollowingBook does; each adapter's test module binds the fixtures."""

import asyncio
from contextlib import suppress
from random import Random

import pytest

from services.engagement.domain.customer import CustomerRecord
from services.engagement.domain.rescoring import Refolded
from shared.errors import Conflict
from tests.services.engagement.builders import make_act
from tests.services.engagement.histories import (
    CUSTOMERS,
    check,
    expected,
    make_history,
)
from tests.services.engagement.opened import make_document
from tests.services.engagement.storage.replicas import (
    FORMULAS,
    LEASE,
    SECOND,
    SEEDS,
    Crashed,
    Replica,
    check_book,
    switch_to,
)


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
        await check_book(replica, "other", ["c-1", "c-2", "c-3"])
        await replica.change.revert()
        await check_book(replica, "test", ["c-1", "c-2", "c-3"])

    async def test_entries_say_by_which_formula_they_were_scored(self, replica: Replica) -> None:
        await replica.take([make_act(id="a")])
        await switch_to(replica, "other")
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
                replica.clock.advance(LEASE)
                await second.build()
                await second.change.switch(other)
            if number == reverted:
                await replica.change.revert("test")
            replica.clock.advance(LEASE)
            await random.choice((replica, second)).rescore()
            await random.choice((replica, second)).take(step)
        replica.clock.advance(LEASE)
        for version in (other, "test"):
            await switch_to(replica, version)
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
        await check_book(replica, "test", ["c-1", "c-2"])

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
        await switch_to(replica, "other")
        await check_book(replica, "other", ["c-1"])

    async def test_the_start_of_a_book_may_be_repeated_at_every_step(
        self, replica: Replica, second: Replica
    ) -> None:
        await replica.take([make_act(id=f"{n}", customer=f"c-{n}") for n in range(5)])
        await replica.customers.erase("c-0", "1")
        number = await replica.books.begin(make_document("other"), announce=False)
        place = await replica.following.prepare(number, "", 2)
        if place is not None:
            await replica.following.prepare(number, place, 2)
        second.clock.advance(LEASE)
        await second.build()
        await second.change.switch()
        await check_book(second, "other", [f"c-{n}" for n in range(5)])

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
        replica.clock.advance(LEASE)
        for version in ("other", "test"):
            await switch_to(replica, version)
            await check_book(replica, version, ["c-0", "c-1", "c-2", "c-3"])
        await replica.take(acts)
        await check_book(replica, "test", ["c-0", "c-1", "c-2", "c-3"])

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
        await switch_to(replica, "other")
        with pytest.raises(Conflict, match="the one before"):
            await replica.change.propose(make_document("third"))
        await replica.change.propose(make_document("third"), replace=True)
        await replica.build()
        assert (await replica.change.switch("third")).live.number == 3

    async def test_what_was_taken_away_is_dropped_a_while_later(self, replica: Replica) -> None:
        await replica.take([make_act(id="a")])
        await switch_to(replica, "other")
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
        await check_book(replica, "other", ["c-1"])

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
        await switch_to(replica, "other")
        second.clock.advance(SECOND)
        assert (await second.books.live()).formula.version == "other"
        assert await second.profiles(["c-1"]) == await replica.profiles(["c-1"])

    async def test_acts_that_another_replica_scores_meanwhile_go_into_the_right_book(
        self, replica: Replica, second: Replica
    ) -> None:
        await replica.take([make_act(id="a")])
        assert (await second.books.live()).number == 1
        await switch_to(replica, "other")
        await second.take([make_act(id="b", day=2)])
        await check_book(replica, "other", ["c-1"])
        await replica.change.revert()
        await check_book(replica, "test", ["c-1"])
