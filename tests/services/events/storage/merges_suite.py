"""What every Merges store does; each adapter's test module binds `stores`."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from services.events.domain.customer import Details
from services.events.domain.merging import Merge
from services.events.ports.stores import Stores
from shared.clock import epoch_ms
from shared.contracts.customers import Customer
from shared.errors import Conflict
from tests.services.events.builders import NOW

ANA = Details(name="Ana", email="ana@example.com")
LIMA = Details(name="A. Lima", phone="+351911111111")


def wanted(source: str = "c-2", target: str = "c-1", number: int = 1, minutes: int = 0) -> Merge:
    at = NOW + timedelta(minutes=minutes)
    return Merge(f"{number:032x}", source, target, "key-1", at, "the same phone")


async def begin(
    stores: Stores, source: str = "c-2", target: str = "c-1", number: int = 1, minutes: int = 0
) -> Merge:
    merge, is_new = await stores.merges.merge(wanted(source, target, number, minutes))
    assert is_new
    return merge


class MergesSuite:
    """Merges, and the customers whom they change."""

    async def test_a_merge_changes_both_records(self, stores: Stores) -> None:
        await stores.customers.save("c-1", ANA, NOW)
        await stores.customers.save("c-2", LIMA, NOW)
        merge = await begin(stores)
        assert (merge.source, merge.target, merge.merged_at) == ("c-2", "c-1", NOW)
        survivor = await stores.customers.get_customer("c-1")
        assert survivor is not None
        assert (survivor.name, survivor.email, survivor.phone) == (ANA.name, ANA.email, LIMA.phone)
        given_up = await stores.customers.get_customer("c-2")
        assert given_up is not None
        assert given_up == Customer(revision=given_up.revision, merged_into="c-1")
        assert await stores.merges.redirects(["c-1"]) == {"c-2": "c-1"}
        assert await stores.merges.get(merge.id) == merge

    async def test_the_same_merge_again_is_the_same(self, stores: Stores) -> None:
        merge = await begin(stores)
        assert await stores.merges.merge(wanted(number=2, minutes=5)) == (merge, False)
        with pytest.raises(Conflict):
            await stores.merges.merge(wanted("c-2", "c-3", 2))
        assert await stores.merges.redirects(["c-3"]) == {}
        assert await stores.customers.get_customer("c-3") is None

    async def test_nothing_is_said_of_one_who_was_merged(self, stores: Stores) -> None:
        await begin(stores)
        with pytest.raises(Conflict, match="c-1"):
            await stores.customers.save("c-2", LIMA, NOW)
        await stores.customers.save("c-1", ANA, NOW)

    async def test_undoing_gives_both_back(self, stores: Stores) -> None:
        before = [
            (await stores.customers.save(id, details, NOW))[0]
            for id, details in (("c-1", ANA), ("c-2", LIMA))
        ]
        merge = await begin(stores)
        undone = await stores.merges.undo(merge.id, NOW)
        assert undone == replace(merge, undone_at=NOW)
        assert await stores.merges.undo(merge.id, NOW + timedelta(days=1)) == undone
        for id, own in zip(("c-1", "c-2"), before, strict=True):
            after = await stores.customers.get_customer(id)
            assert after is not None
            assert after.revision > own.revision
            assert (after.name, after.email, after.phone) == (own.name, own.email, own.phone)
            assert after.merged_into is None
        assert await stores.merges.redirects(["c-1", "c-2"]) == {}
        assert await stores.merges.undo("f" * 32, NOW) is None

    async def test_a_merge_may_be_made_again(self, stores: Stores) -> None:
        merge = await begin(stores)
        await stores.merges.undo(merge.id, NOW)
        again = await begin(stores, number=2, minutes=1)
        page = await stores.merges.page("c-2", None, 10)
        assert [(one.id, one.undone_at) for one in page] == [(again.id, None), (merge.id, NOW)]

    async def test_the_survivor_who_was_merged_on_stays_merged(self, stores: Stores) -> None:
        first = await begin(stores, "c-2", "c-1", 1)
        await begin(stores, "c-1", "c-3", 2)
        with pytest.raises(Conflict, match="c-3"):
            await stores.merges.undo(first.id, NOW)
        for id in ("c-1", "c-2", "c-3"):
            assert await stores.merges.redirects([id]) == {"c-2": "c-1", "c-1": "c-3"}
        assert await stores.merges.redirects(["c-4"]) == {}

    async def test_two_who_are_merged_into_each_other_at_once_make_no_circle(
        self, stores: Stores
    ) -> None:
        results = await asyncio.gather(
            stores.merges.merge(wanted("c-1", "c-2", 1)),
            stores.merges.merge(wanted("c-2", "c-1", 2)),
            return_exceptions=True,
        )
        assert sorted(isinstance(one, Conflict) for one in results) == [False, True]
        assert len(await stores.merges.redirects(["c-1"])) == 1

    async def test_pages_go_from_the_newest(self, stores: Stores) -> None:
        merges = [await begin(stores, f"c-{n}", "c-1", n, minutes=n // 2) for n in range(2, 7)]
        found, after = list[Merge](), None
        while page := await stores.merges.page(None, after, 2):
            found += page
            after = (epoch_ms(page[-1].merged_at), page[-1].id)
        assert found == sorted(merges, key=lambda one: (one.merged_at, one.id), reverse=True)
        assert [one.source for one in await stores.merges.page("c-3", None, 9)] == ["c-3"]
        assert len(await stores.merges.page("c-1", None, 9)) == 5

    async def test_a_merge_is_untold_until_others_know_it_as_it_is(self, stores: Stores) -> None:
        merge = await begin(stores)
        assert await stores.merges.untold(9) == [merge]
        undone = await stores.merges.undo(merge.id, NOW)
        await stores.merges.told(merge)
        assert await stores.merges.untold(9) == [undone]
        assert undone is not None
        await stores.merges.told(undone)
        assert await stores.merges.untold(9) == []

    async def test_details_are_dropped_once_nobody_can_undo(self, stores: Stores) -> None:
        await stores.customers.save("c-1", ANA, NOW)
        old = await begin(stores)
        young = await begin(stores, "c-3", "c-1", 2, minutes=1)
        await stores.merges.forget_sides(NOW + timedelta(seconds=1))
        assert await stores.merges.get(old.id) == replace(old, sides=None)
        assert await stores.merges.get(young.id) == young
        with pytest.raises(Conflict):
            await stores.merges.undo(old.id, NOW)

    async def test_forgetting_leaves_a_merge_with_somebody_else(self, stores: Stores) -> None:
        undone = await begin(stores, "c-9", "c-1", 9)
        await stores.merges.undo(undone.id, NOW)
        merge = await begin(stores)
        await stores.merges.forget({"c-1"})
        assert await stores.merges.page(None, None, 9) == [merge]
        await stores.merges.forget({"c-1", "c-2"})
        assert await stores.merges.page(None, None, 9) == []
