"""What becomes of plans: all or nothing, and only on what was known when they were made."""

import asyncio
from dataclasses import replace

from services.notifier.domain.attention import Attention
from services.notifier.domain.customer import Customer
from services.notifier.domain.planning import Plan
from services.notifier.ports.stores import Stores
from shared.programme.thanks_rules import Audience
from tests.services.notifier.builders import (
    DAY,
    TIME,
    make_customer,
    make_occasion,
    make_plan,
    make_policy,
    make_rule,
    tell,
)
from tests.services.notifier.storage.asking import everything, known, messages, page, planned


class PlansSuite:
    """carry_out."""

    async def test_a_plan_is_written_with_all_that_it_says(self, stores: Stores) -> None:
        policy = make_policy(
            make_rule(merges=make_rule().stale_after),
            make_rule("help", on="help", audience=Audience(first=True)),
        )
        await stores.customers.put([tell(make_customer())])
        occasions = [
            make_occasion("sent"),
            make_occasion("old", day=-30),
            make_occasion("first", kind="help"),
            make_occasion("r", kind="refund", order=None, trace=None),
        ]
        plan = make_plan(*occasions, customer=await known(stores), policy=policy)
        assert {d.verdict for d in plan.new} == {"held", "suppressed", "thanked"}
        assert not await stores.decisions.carry_out([plan])
        stands = await stores.decisions.known([d.id for d in plan.new] + ["other"])
        assert stands == {d.id: d for d in plan.new}
        (message,) = plan.messages
        assert await messages(stores) == [message]
        customer = await known(stores)
        assert customer.attention == Attention(plan.charges or (), 1)
        assert customer.seen == {"help": occasions[2].decision_id}

    async def test_an_occasion_is_decided_once(self, stores: Stores) -> None:
        (first,) = await planned(stores, make_occasion())
        again = make_plan(customer=make_customer(attention=Attention(revision=1)), now=TIME + DAY)
        with_another = make_plan(
            make_occasion(), make_occasion("2"), customer=Customer("c-1"), now=TIME + DAY
        )
        assert list(await stores.decisions.carry_out([again])) == ["c-1"]
        assert list(await stores.decisions.carry_out([with_another])) == ["c-1"]
        assert list((await everything(stores)).values()) == [*first.new]

    async def test_of_racing_plans_on_one_revision_one_is_written(self, stores: Stores) -> None:
        racing = [make_plan(make_occasion(f"{n}")) for n in range(5)]
        refused = await asyncio.gather(*(stores.decisions.carry_out([one]) for one in racing))
        assert sorted(map(len, refused)) == [0, 1, 1, 1, 1]
        assert len(await page(stores)) == len(await messages(stores)) == 1
        assert len((await known(stores)).attention.charges) == 1

    async def test_racing_plans_for_one_occasion_keep_one(self, stores: Stores) -> None:
        stranger = Customer("c-1")
        racing = [make_plan(customer=stranger, now=TIME + n) for n in range(5)]
        assert {plan.revision for plan in racing} == {None}
        refused = await asyncio.gather(*(stores.decisions.carry_out([one]) for one in racing))
        assert sorted(map(len, refused)) == [0, 1, 1, 1, 1]
        assert await page(stores) == ["1001"]

    async def test_a_plan_that_is_refused_keeps_no_other_back(self, stores: Stores) -> None:
        await planned(stores, make_occasion("1", "c-1"))
        plans = [
            make_plan(make_occasion("2", "c-1")),
            make_plan(make_occasion("3", "c-2")),
            make_plan(make_occasion("4", "c-3")),
        ]
        assert set(await stores.decisions.carry_out(plans)) == {"c-1"}
        assert set(await page(stores)) == {"1", "3", "4"}
        assert [len((await known(stores, id)).attention.charges) for id in ("c-1", "c-2")] == [1, 1]

    async def test_of_two_plans_for_one_occasion_one_is_written(self, stores: Stores) -> None:
        plans = [make_plan(make_occasion(customer=id)) for id in ("c-1", "c-2")]
        assert list(await stores.decisions.carry_out(plans)) == ["c-2"]
        assert await page(stores, customer="c-1") == ["1001"]

    async def test_a_plan_without_messages_needs_no_attention(self, stores: Stores) -> None:
        await planned(stores, make_occasion("1"))
        plan = make_plan(make_occasion("old", day=-30))
        assert not await stores.decisions.carry_out([plan])
        assert set(await page(stores)) == {"1", "old"}
        assert (await known(stores)).attention.revision == 1
        assert not await stores.decisions.carry_out([])

    async def test_held_decisions_change_at_the_revision_they_carry(self, stores: Stores) -> None:
        (held,) = await planned(stores, make_occasion("1"), make_occasion("2"), able=False)
        await stores.customers.put([tell(make_customer())])
        customer = await known(stores)
        late = make_plan(held=held.new, customer=customer, now=TIME + 1)
        assert [d.verdict for d in late.changed] == ["thanked", "thanked"]
        await stores.decisions.wake(["c-1"], TIME)
        assert list(await stores.decisions.carry_out([late])) == ["c-1"]
        assert set(await page(stores, verdict="held")) == {"1", "2"}
        assert await messages(stores) == []
        assert (await known(stores)).attention == Attention()
        woken = (await stores.decisions.held(["c-1"]))["c-1"]
        plan = make_plan(held=woken, customer=customer, now=TIME + 1)
        assert not await stores.decisions.carry_out([plan])
        stands = await stores.decisions.known([d.id for d in plan.changed])
        assert stands == {d.id: replace(d, revision=2) for d in plan.changed}
        assert set(await messages(stores)) == set(plan.messages)
        assert list(await stores.decisions.carry_out([plan])) == ["c-1"]

    async def test_one_change_too_many_and_nothing_is_written(self, stores: Stores) -> None:
        (held,) = await planned(stores, make_occasion("1"), make_occasion("2"), able=False)
        moved = replace(held.new[0], revision=7)
        plan = make_plan(make_occasion("3"), held=(moved, held.new[1]))
        assert list(await stores.decisions.carry_out([plan])) == ["c-1"]
        assert set(await page(stores, verdict="held")) == {"1", "2"}
        assert await known(stores) == Customer("c-1")

    async def test_who_was_erased_in_between_is_not_written_to(self, stores: Stores) -> None:
        await stores.customers.put([tell(make_customer())])
        plans = [make_plan(), make_plan(make_occasion("old", day=-30))]
        await stores.customers.erase("c-1")
        for plan in plans:
            assert list(await stores.decisions.carry_out([plan])) == ["c-1"]
        assert await page(stores) == []
        assert await known(stores) == Customer("c-1", erased=True)

    async def test_what_was_held_and_erased_in_between_stays_erased(self, stores: Stores) -> None:
        (held,) = await planned(stores, make_occasion(), able=False)
        plan = make_plan(held=held.new)
        await stores.customers.erase("c-1")
        assert list(await stores.decisions.carry_out([plan])) == ["c-1"]
        assert (await everything(stores))["1001"].verdict == "suppressed"

    async def test_charges_and_firsts_stay_where_a_plan_does_not_say(self, stores: Stores) -> None:
        await planned(stores, make_occasion())
        before = await known(stores)
        seen = Plan("c-1", revision=1, seen={"help": "d-1"})
        assert not await stores.decisions.carry_out([seen])
        charges = before.attention.charges
        assert await known(stores) == Customer(
            "c-1", attention=Attention(charges, 2), seen={"help": "d-1"}
        )
        assert not await stores.decisions.carry_out([Plan("c-1", revision=2, charges=())])
        after = await known(stores)
        assert (after.attention, after.seen) == (Attention((), 3), {"help": "d-1"})
