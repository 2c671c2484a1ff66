"""What every CustomerStore does; each adapter's test module binds `store` and `customers`."""

from random import Random

import pytest

from services.engagement.domain import ledger
from services.engagement.domain.customer import CustomerRecord
from services.engagement.ports.customers import CustomerStore
from services.engagement.ports.scores import ScoreStore
from tests.services.engagement.builders import make_act
from tests.services.engagement.histories import CUSTOMERS, check, expected, make_history
from tests.services.engagement.storage.store_suite import apply


def record(customer: str, revision: int, into: str | None = None) -> CustomerRecord:
    return CustomerRecord(customer, revision, into)


async def acts_of(store: ScoreStore, customer: str) -> dict[str, int]:
    profile = (await store.profiles([customer])).get(customer)
    return {} if profile is None else dict(profile.acts)


class CustomerStoreSuite:
    """Whom acts count for, whatever is told in which order."""

    async def test_an_erased_customer_is_gone_and_stays_gone(
        self, store: ScoreStore, customers: CustomerStore
    ) -> None:
        await apply(store, [make_act(id="a"), make_act(id="b", customer="c-2")], next=2)
        await customers.erase("c-1", "1")
        await customers.erase("c-1", "1")
        assert (await store.profiles(["c-1", "c-2"])).keys() == {"c-2"}
        assert await store.heaviest(["c-1"], 5) == {}
        await apply(store, [make_act(id="a"), make_act(id="late")], expected=2, next=4)
        assert await store.profiles(["c-1"]) == {}

    async def test_one_who_comes_back_is_scored_again_but_not_for_old_acts(
        self, store: ScoreStore, customers: CustomerStore
    ) -> None:
        await apply(store, [make_act(id="a")], next=1)
        await customers.erase("c-1", "1")
        await customers.keep([record("c-1", 1)])
        await apply(store, [make_act(id="a"), make_act(id="new")], expected=1, next=3)
        assert await acts_of(store, "c-1") == {"referral": 1}

    async def test_an_erasure_that_is_asked_for_again_takes_nothing_newer(
        self, store: ScoreStore, customers: CustomerStore
    ) -> None:
        await apply(store, [make_act(id="a")], next=1)
        await customers.erase("c-1", "7")
        await customers.keep([record("c-1", 1)])
        await apply(store, [make_act(id="b")], expected=1, next=2)
        await customers.erase("c-1", "7")
        assert await acts_of(store, "c-1") == {"referral": 1}
        await customers.erase("c-1", "8")
        assert await store.profiles(["c-1"]) == {}
        await apply(store, [make_act(id="c")], expected=2, next=3)
        assert await store.profiles(["c-1"]) == {}

    async def test_an_order_told_of_two_who_are_one_counts_once(
        self, store: ScoreStore, customers: CustomerStore
    ) -> None:
        acts = [
            make_act("purchase", id="p", customer="c-1", order="o1", amount="80"),
            make_act("purchase", id="q", customer="c-2", order="o1", amount="80"),
            make_act("refund", id="r", customer="c-2", order="o1", amount="30"),
            make_act("refund", id="s", customer="c-1", order="o1", amount="10"),
        ]
        await apply(store, acts, next=4)
        apart = await store.profiles(["c-1", "c-2"])
        await customers.keep([record("c-1", 1, "c-2")])
        profiles = await store.profiles(["c-1", "c-2"])
        assert profiles.keys() == {"c-2"}
        assert profiles["c-2"].acts == {"purchase": 1, "refund": 2}
        assert profiles["c-2"].money == {"EUR": (800_000, 400_000)}
        assert await store.survivors(["c-1", "c-2"]) == {"c-1": "c-2"}
        await customers.keep([record("c-1", 2)])
        assert await store.profiles(["c-1", "c-2"]) == apart
        assert await store.survivors(["c-1", "c-2"]) == {}

    async def test_later_acts_of_a_merged_customer_count_for_the_one_who_stayed(
        self, store: ScoreStore, customers: CustomerStore
    ) -> None:
        await customers.keep([record("c-1", 1, "c-2"), record("c-2", 1, "c-3")])
        bought = make_act("purchase", id="p", customer="c-1", order="o1", amount="80")
        await apply(store, [bought], next=1)
        back = make_act("refund", id="r", customer="c-2", order="o1", amount="80")
        await apply(store, [back], expected=1, next=2)
        profiles = await store.profiles(["c-1", "c-2", "c-3"])
        assert profiles.keys() == {"c-3"}
        assert profiles["c-3"].money == {"EUR": (800_000, 800_000)}
        entries = (await store.heaviest(["c-3"], 5))["c-3"]
        assert {entry.origin for entry in entries} == {"c-1", "c-2"}
        await customers.keep([record("c-2", 2)])
        assert (await store.profiles(["c-2", "c-3"])).keys() == {"c-2"}

    async def test_records_that_are_repeated_or_old_change_nothing(
        self, store: ScoreStore, customers: CustomerStore
    ) -> None:
        await apply(store, [make_act(id="a"), make_act(id="b", customer="c-2")], next=2)
        merged = record("c-1", 5, "c-2")
        await customers.keep([merged, merged, record("c-1", 4), record("c-2", 9)])
        assert await acts_of(store, "c-2") == {"referral": 2}
        await customers.keep([record("c-1", 6), merged, record("c-1", 2, "c-3")])
        assert await acts_of(store, "c-2") == {"referral": 1}
        assert await acts_of(store, "c-1") == {"referral": 1}

    async def test_two_merged_into_each_other_are_one(
        self, store: ScoreStore, customers: CustomerStore
    ) -> None:
        await apply(store, [make_act(id="a"), make_act(id="b", customer="c-2")], next=2)
        await customers.keep([record("c-1", 1, "c-2"), record("c-2", 1, "c-1")])
        assert await acts_of(store, "c-1") == {"referral": 2}
        await customers.keep([record("c-2", 2)])
        assert await acts_of(store, "c-2") == {"referral": 2}

    async def test_a_withdrawal_meets_its_act(
        self, store: ScoreStore, customers: CustomerStore
    ) -> None:
        acts = [
            make_act(id="h", customer="c-1"),
            make_act("withdrawal", id="w", customer="c-2", withdraws="h"),
        ]
        await apply(store, acts, next=2)
        assert await acts_of(store, "c-1") == {"referral": 1}
        await customers.keep([record("c-1", 1, "c-2")])
        assert await acts_of(store, "c-2") == {}
        await customers.keep([record("c-1", 2)])
        assert await acts_of(store, "c-1") == {"referral": 1}

    async def test_a_withdrawal_waits_for_its_act_also_across_a_merge(
        self, store: ScoreStore, customers: CustomerStore
    ) -> None:
        early = make_act("withdrawal", id="w", customer="c-1", withdraws="h")
        await apply(store, [early], next=1)
        await customers.keep([record("c-1", 1, "c-2")])
        (entry,) = await apply(store, [make_act(id="h", customer="c-2")], expected=1, next=2)
        assert entry.note == ledger.WITHDRAWN
        await customers.keep([record("c-1", 2)])
        assert await acts_of(store, "c-2") == {"referral": 1}

    async def test_an_erasure_takes_what_came_from_others_too(
        self, store: ScoreStore, customers: CustomerStore
    ) -> None:
        await apply(store, [make_act(id="a"), make_act(id="b", customer="c-2")], next=2)
        await customers.keep([record("c-1", 1, "c-2")])
        await customers.erase("c-2", "1")
        await customers.keep([record("c-2", 1)])
        await apply(store, [make_act(id="c"), make_act(id="a")], expected=2, next=4)
        assert await store.profiles(["c-1", "c-2"]) == {}
        assert await store.survivors(["c-1"]) == {}
        await customers.keep([record("c-1", 2)])
        await apply(store, [make_act(id="d")], expected=4, next=5)
        assert await acts_of(store, "c-1") == {"referral": 1}

    async def test_erasing_one_who_was_merged_cuts_off_what_came_from_them(
        self, store: ScoreStore, customers: CustomerStore
    ) -> None:
        acts = [
            make_act("purchase", id="p", customer="c-1", order="o1", amount="80"),
            make_act("refund", id="r", customer="c-2", order="o1", amount="30"),
            make_act(id="b", customer="c-2"),
        ]
        await apply(store, acts, next=3)
        await customers.keep([record("c-1", 1, "c-2")])
        await customers.erase("c-1", "1")
        assert await store.survivors(["c-1"]) == {}
        profiles = await store.profiles(["c-1", "c-2"])
        assert profiles.keys() == {"c-2"}
        assert profiles["c-2"].acts == {"refund": 1, "referral": 1}
        assert profiles["c-2"].sums.get("commerce", 0.0) == 0.0
        await customers.keep([record("c-1", 2)])
        assert await store.profiles(["c-1"]) == {}

    async def test_one_who_is_merged_into_an_erased_customer_is_erased(
        self, store: ScoreStore, customers: CustomerStore
    ) -> None:
        await apply(store, [make_act(id="a")], next=1)
        await customers.erase("c-2", "1")
        await customers.keep([record("c-1", 1, "c-2")])
        await apply(store, [make_act(id="b")], expected=1, next=2)
        assert await store.profiles(["c-1", "c-2"]) == {}

    @pytest.mark.parametrize("seed", range(12))
    async def test_histories_end_in_what_the_rules_say(
        self, store: ScoreStore, customers: CustomerStore, seed: int
    ) -> None:
        steps = make_history(Random(seed))
        position: int | None = None
        for number, step in enumerate(steps, start=1):
            if isinstance(step, CustomerRecord):
                await customers.keep([step])
            else:
                await apply(store, step, expected=position, next=number)
                position = number
        wanted = expected(steps)
        profiles = await store.profiles(CUSTOMERS)
        for customer in CUSTOMERS:
            check(profiles.get(customer), wanted.get(customer))
