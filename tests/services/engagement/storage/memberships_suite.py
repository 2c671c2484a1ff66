"""What every MembershipStore and LeaseStore does."""

import asyncio

from services.engagement.domain.membership import Decision, Difference, Group, Membership
from services.engagement.ports.leases import LeaseStore
from services.engagement.ports.memberships import MembershipStore
from services.engagement.ports.round_memory import RoundMemory

LOYAL, NEW = Group("segment", "loyal"), Group("segment", "new")
CLUB = Group("circle", "club")


def put(*memberships: Membership) -> Difference:
    return Difference(memberships, ())


def ruled(group: Group, *customers: str, since: int = 1) -> list[Membership]:
    return [Membership(group, customer, since, "rule") for customer in customers]


def decided(origin: str, customer: str = "", *, member: bool = True, time: int = 1) -> Decision:
    return Decision("club", origin, customer or origin, member, time)


class MembershipStoreSuite:
    async def test_who_belongs_to_what(self, memberships: MembershipStore) -> None:
        hand = Membership(CLUB, "c-1", 7, "hand")
        rows = [*ruled(NEW, "c-1"), *ruled(LOYAL, "c-1", "c-2"), hand]
        await memberships.change(put(*rows))
        found = await memberships.of(["c-1", "c-2", "c-3"])
        assert found == {"c-1": [hand, rows[1], rows[0]], "c-2": [rows[2]]}
        segments = await memberships.segments_of(["c-1", "c-2", "c-3"])
        assert segments == {"c-1": ("loyal", "new"), "c-2": ("loyal",)}
        assert await memberships.of([]) == {}

    async def test_members_come_page_by_page_by_id(self, memberships: MembershipStore) -> None:
        ids = ["a", "B", "é", "z/9", "=1", "\U0001f600"]
        await memberships.change(put(*ruled(LOYAL, *ids), *ruled(NEW, "other")))
        seen: list[str] = []
        while page := await memberships.members(LOYAL, seen[-1] if seen else "", 2):
            assert len(page) <= 2
            seen += [one.customer for one in page]
        assert seen == sorted(ids)

    async def test_counts_follow_every_change(self, memberships: MembershipStore) -> None:
        first = put(*ruled(LOYAL, "a", "b", "c"), *ruled(NEW, "a"))
        await memberships.change(first)
        await memberships.change(first)
        assert await memberships.counts() == {LOYAL: 3, NEW: 1}
        second = Difference(ruled(LOYAL, "d", "a", since=9), [(LOYAL, "b"), (NEW, "a")])
        await memberships.change(second)
        await memberships.change(second)
        assert await memberships.counts() == {LOYAL: 3}
        assert [one.since for one in await memberships.members(LOYAL, "", 9)] == [9, 1, 9]

    async def test_changes_at_the_same_time_are_all_counted(
        self, memberships: MembershipStore
    ) -> None:
        await asyncio.gather(
            *(memberships.change(put(*ruled(LOYAL, f"c-{n}", "same"))) for n in range(5))
        )
        assert await memberships.counts() == {LOYAL: 6}

    async def test_nothing_to_change(self, memberships: MembershipStore) -> None:
        await memberships.change(Difference((), ()))
        assert await memberships.counts() == {}

    async def test_between_ids(self, memberships: MembershipStore) -> None:
        rows = [*ruled(LOYAL, "a", "b", "c", "d"), *ruled(NEW, "b")]
        await memberships.change(put(*rows))
        found = await memberships.between("a", "c", 9)
        assert [(one.customer, one.group) for one in found] == [
            ("b", LOYAL), ("b", NEW), ("c", LOYAL),
        ]  # fmt: skip
        assert len(await memberships.between("a", "c", 2)) == 2
        assert [one.customer for one in await memberships.between("c", None, 9)] == ["d"]

    async def test_a_group_that_is_gone_is_emptied(self, memberships: MembershipStore) -> None:
        await memberships.change(put(*ruled(LOYAL, "a"), *ruled(NEW, "a"), *ruled(CLUB, "a")))
        await memberships.retire({NEW, CLUB})
        assert await memberships.counts() == {NEW: 1, CLUB: 1}
        assert await memberships.segments_of(["a"]) == {"a": ("new",)}

    async def test_the_latest_decision_about_an_origin_is_kept(
        self, memberships: MembershipStore
    ) -> None:
        await memberships.decide([decided("a", time=2), decided("b")])
        await memberships.decide([decided("a", member=False, time=3)])
        await memberships.decide([decided("a", time=1)])
        assert await memberships.decisions("", None, 9) == [
            decided("a", member=False, time=3),
            decided("b"),
        ]
        assert await memberships.decisions("", "a", 9) == [decided("a", member=False, time=3)]
        assert await memberships.decisions("a", None, 9) == [decided("b")]
        assert len(await memberships.decisions("", None, 1)) == 1

    async def test_decisions_are_found_by_both_ids_and_readdressed(
        self, memberships: MembershipStore
    ) -> None:
        await memberships.decide([decided("a"), decided("$b", "a")])
        assert len(await memberships.decisions_told_of(["a"])) == 2
        await memberships.readdress([decided("a", "c")])
        await memberships.readdress([])
        assert await memberships.decisions_told_of(["a"]) != []
        assert [one.origin for one in await memberships.decisions_told_of(["c"])] == ["a"]
        assert [one.customer for one in await memberships.decisions_told_of(["$b"])] == ["a"]

    async def test_who_is_forgotten_is_nowhere(self, memberships: MembershipStore) -> None:
        await memberships.change(put(*ruled(LOYAL, "a", "b", "d"), *ruled(CLUB, "a")))
        await memberships.decide([decided("a"), decided("b", "a"), decided("d")])
        await memberships.forget(["b"])
        assert [one.origin for one in await memberships.decisions("", None, 9)] == ["a", "d"]
        await memberships.decide([decided("b", "a")])
        await memberships.forget(["a"])
        await memberships.forget(["a"])
        assert [one.origin for one in await memberships.decisions("", None, 9)] == ["d"]
        assert await memberships.counts() == {LOYAL: 1}
        assert (await memberships.of(["a", "b", "d"])).keys() == {"d"}


class LeaseStoreSuite:
    async def test_one_owner_at_a_time(self, leases: LeaseStore) -> None:
        asked = [leases.take("round", f"{n}", 0, 10) for n in range(5)]
        assert sorted(await asyncio.gather(*asked)) == [False] * 4 + [True]

    async def test_a_lease_is_renewed_runs_out_and_is_released(self, leases: LeaseStore) -> None:
        assert await leases.take("round", "a", 0, 10)
        assert await leases.take("round", "a", 5, 20)
        assert not await leases.take("round", "b", 19, 30)
        assert await leases.take("other", "b", 19, 30)
        assert await leases.take("round", "b", 20, 30)
        await leases.release("round", "a")
        assert not await leases.take("round", "a", 21, 30)
        await leases.release("round", "b")
        assert await leases.take("round", "a", 21, 30)


class RoundMemorySuite:
    async def test_the_latest_is_remembered(self, memory: RoundMemory) -> None:
        assert await memory.recall("round") is None
        await memory.remember("round", "a")
        await memory.remember("round", "b")
        await memory.remember("other", "c")
        assert await memory.recall("round") == "b"
