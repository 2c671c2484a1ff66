"""What a store of messages does for a sender: leases, steps, outcomes."""

import asyncio
from dataclasses import replace
from datetime import timedelta

from services.notifier.domain.attention import Attention, Charge
from services.notifier.domain.planning import Plan, reconsider
from services.notifier.ports.stores import Stores
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
from tests.services.notifier.storage.asking import (
    LEASE,
    TEXT,
    begin,
    beginning,
    claim,
    claims,
    everything,
    finish,
    known,
    messages,
    planned,
    retry,
    stands,
)


class MessagesSuite:
    """Messages on their way."""

    async def test_channels_that_have_anything_left_to_send(self, stores: Stores) -> None:
        assert list(await stores.messages.channels()) == []
        await planned(stores, make_occasion())
        await planned(stores, make_occasion("2"))
        assert list(await stores.messages.channels()) == ["email"]
        for token in ("t-1", "t-2"):
            claimed = await claim(stores, token)
            assert await begin(stores, claimed)
            assert list(await stores.messages.channels()) == ["email"]
            assert await finish(stores, claimed)
        assert list(await stores.messages.channels()) == []

    async def test_a_message_is_leased_to_one_sender(self, stores: Stores) -> None:
        await stores.customers.put([tell(make_customer())])
        (plan,) = await planned(stores, make_occasion())
        assert await claims(stores, "early", TIME - 1) == []
        assert await claims(stores, "other", channel="sms") == []
        racing = [claims(stores, f"t-{n}") for n in range(5)]
        (won,) = [one for found in await asyncio.gather(*racing) for one in found]
        assert won.message == replace(plan.messages[0], due=TIME + LEASE)
        assert won.decisions == plan.new
        assert won.customer == await known(stores)
        assert await claims(stores, "t-9", TIME + LEASE - 1) == []

    async def test_who_lost_the_lease_does_no_more(self, stores: Stores) -> None:
        await planned(stores, make_occasion())
        lost = await claim(stores)
        taken_over = await claim(stores, "t-2", TIME + LEASE)
        assert not await begin(stores, lost)
        assert await begin(stores, taken_over)
        before = await known(stores)
        assert not await finish(stores, lost)
        assert not await finish(stores, lost, "failed")
        assert not await retry(stores, lost, TIME)
        await stores.messages.drop(lost)
        assert (await stands(stores, lost)).status == "sending"
        assert await known(stores) == before

    async def test_a_lease_that_holds_is_renewed(self, stores: Stores) -> None:
        await planned(stores, make_occasion())
        claimed = await claim(stores)
        await stores.messages.renew([claimed], TIME + 3 * LEASE)
        assert await claims(stores, "t-2", TIME + 3 * LEASE - 1) == []
        taken_over = await claim(stores, "t-2", TIME + 3 * LEASE)
        await stores.messages.renew([claimed], TIME + 9 * LEASE)
        assert (await stands(stores, claimed)).due == TIME + 4 * LEASE
        assert await begin(stores, taken_over)
        assert await finish(stores, taken_over)
        await stores.messages.renew([taken_over], TIME + 9 * LEASE)
        assert (await stands(stores, claimed)).due is None

    async def test_the_longest_due_go_first(self, stores: Stores) -> None:
        for n in range(4):
            await planned(stores, make_occasion(f"{n}", f"c-{n}"), now=TIME - n)
        first = await claims(stores, "t-1", most=2)
        second = await claims(stores, "t-2", most=2)
        created = [one.message.created_at - TIME for one in (*first, *second)]
        assert created == [-3, -2, -1, 0]

    async def test_messages_of_one_person_are_not_claimed_together(self, stores: Stores) -> None:
        for n, id in enumerate(("c-1", "c-1", "c-1", "c-2")):
            await planned(stores, make_occasion(f"{n}", id), now=TIME + n)
        late = TIME + 10
        first = await claims(stores, "t-1", late)
        assert [one.message.customer for one in first] == ["c-1", "c-2"]
        assert [one.message.created_at for one in first] == [TIME, TIME + 3]
        (second,) = await claims(stores, "t-2", late)
        assert second.message.created_at == TIME + 1

    async def test_a_claim_has_all_that_the_message_answers(self, stores: Stores) -> None:
        rule = make_rule(merges=timedelta())
        acts = [make_occasion(f"{n}", day=n / 10) for n in range(4)]
        plan = make_plan(*acts[::-1], policy=make_policy(rule))
        assert [len(plan.new), len(plan.messages)] == [4, 1]
        assert not await stores.decisions.carry_out([plan])
        claimed = await claim(stores)
        assert claimed.decisions[0].id == claimed.message.decision_id
        assert set(claimed.decisions) == set(plan.new)
        assert await begin(stores, claimed)
        assert await finish(stores, claimed)
        stood = await everything(stores)
        assert {d.occasion.data for d in stood.values()} == {b""}

    async def test_an_attempt_is_kept_before_and_after(self, stores: Stores) -> None:
        await planned(stores, make_occasion())
        claimed = await claim(stores)
        assert await begin(stores, claimed)
        sending = await stands(stores, claimed)
        assert (sending.status, sending.attempts, sending.text) == ("sending", 1, TEXT)
        assert await retry(stores, claimed, TIME + 5000)
        waiting = await stands(stores, claimed)
        assert (waiting.status, waiting.due, waiting.code) == ("waiting", TIME + 5000, "451")
        assert await claims(stores, "t-2", TIME + 4999) == []
        again = await claim(stores, "t-2", TIME + 5000)
        assert await begin(stores, again)
        assert await finish(stores, again, now=TIME + 6000, code="250")
        sent = await stands(stores, again)
        assert (sent.status, sent.attempts, sent.due) == ("sent", 2, None)
        assert (sent.code, sent.finished_at, sent.text) == ("250", TIME + 6000, TEXT)
        assert await claims(stores, "t-3", TIME + 99 * DAY) == []
        assert not await finish(stores, again, "failed")
        assert (await everything(stores))["1001"].occasion.data == b""
        assert await stores.messages.unannounced(10) == [sent]
        await stores.messages.announced([sent.id])
        assert await stores.messages.unannounced(10) == []

    async def test_nothing_begins_once_attention_has_moved(self, stores: Stores) -> None:
        await planned(stores, make_occasion("1"))
        await planned(stores, make_occasion("2", "c-2"))
        claimed = await claims(stores)
        await planned(stores, make_occasion("3"))
        before = await known(stores)
        begun = await stores.messages.begin([beginning(one) for one in claimed])
        assert list(begun) == [one.message.id for one in claimed if one.message.customer == "c-2"]
        assert await known(stores) == before
        (moved,) = [one for one in claimed if one.message.customer == "c-1"]
        assert (await stands(stores, moved)).status == "waiting"
        assert await begin(stores, replace(moved, customer=before))

    async def test_what_begins_is_charged_at_that_time(self, stores: Stores) -> None:
        await planned(stores, make_occasion())
        claimed = await claim(stores)
        later = (Charge(claimed.message.id, TIME + 9, "thanks"),)
        assert await stores.messages.begin([beginning(claimed, later)])
        assert (await known(stores)).attention == Attention(later, 2)
        assert not await begin(stores, claimed)

    async def test_racing_beginnings_of_one_person_are_one(self, stores: Stores) -> None:
        for n in range(2):
            await planned(stores, make_occasion(f"{n}"), now=TIME + n)
        one = await claim(stores, "t-1", TIME + 5)
        other = await claim(stores, "t-2", TIME + 5)
        begun = await asyncio.gather(begin(stores, one), begin(stores, other))
        assert sorted(begun) == [False, True]

    async def test_what_failed_gives_its_charge_back(self, stores: Stores) -> None:
        await planned(stores, make_occasion("1"))
        await planned(stores, make_occasion("2"), now=TIME + 1)
        claimed = await claim(stores)
        assert await begin(stores, claimed)
        revision = (await known(stores)).attention.revision
        assert await finish(stores, claimed, "failed", code="550")
        failed = await stands(stores, claimed)
        assert (failed.status, failed.code) == ("failed", "550")
        after = (await known(stores)).attention
        assert [charge.at for charge in after.charges] == [TIME + 1]
        assert after.revision > revision

    async def test_what_nobody_knows_keeps_its_charge(self, stores: Stores) -> None:
        await planned(stores, make_occasion())
        claimed = await claim(stores)
        assert await begin(stores, claimed)
        before = await known(stores)
        assert await finish(stores, claimed, "unknown")
        assert (await known(stores)) == before
        assert await stores.messages.unannounced(10) == [await stands(stores, claimed)]

    async def test_another_channel_is_tried_in_the_same_step(self, stores: Stores) -> None:
        await stores.customers.put([tell(make_customer(phone="+34600000000"))])
        policy = make_policy(make_rule(channels=("email", "inbox")))
        plan = make_plan(customer=await known(stores), policy=policy)
        assert not await stores.decisions.carry_out([plan])
        claimed = await claim(stores)
        assert await begin(stores, claimed)
        customer = await known(stores)
        free = replace(customer, attention=replace(customer.attention, charges=()))
        tried = [replace(d, tried=("email",)) for d in claimed.decisions]
        again = make_plan(held=tried, customer=free, policy=policy)
        assert [m.channel for m in again.messages] == ["inbox"]
        stale = replace(again, revision=0)
        assert not await finish(stores, claimed, "failed", plan=stale)
        assert (await stands(stores, claimed)).status == "sending"
        assert await known(stores) == customer
        assert await finish(stores, claimed, "failed", plan=again)
        stood = (await everything(stores))["1001"]
        assert stood == replace(again.changed[0], revision=1)
        assert stood.occasion.data
        assert set(await messages(stores)) == {again.messages[0], await stands(stores, claimed)}
        assert (await known(stores)).attention.charges == again.charges

    async def test_a_message_is_withdrawn_with_its_decisions(self, stores: Stores) -> None:
        await stores.customers.put([tell(make_customer())])
        (first,) = await planned(stores, make_occasion())
        claimed = await claim(stores)
        troubled = replace(claimed.customer, open_cases=frozenset(("k-1",)))
        plan = reconsider(troubled, claimed.message, claimed.decisions, make_policy(), TIME + 1)
        assert [d.verdict for d in plan.changed] == ["held"]
        assert not await stores.messages.withdraw(replace(claimed, token="other"), plan)
        assert not await stores.messages.withdraw(claimed, replace(plan, revision=7))
        moved = replace(plan.changed[0], revision=7)
        assert not await stores.messages.withdraw(claimed, replace(plan, changed=(moved,)))
        assert await stands(stores, claimed) == claimed.message
        assert (await everything(stores))["1001"] == first.new[0]
        assert await stores.messages.withdraw(claimed, plan)
        assert await stores.messages.message(claimed.message.id) is None
        held = (await everything(stores))["1001"]
        assert held == replace(plan.changed[0], revision=1)
        assert (await known(stores)).attention.charges == ()
        # The same act can be thanked for later, by a message with the same id.
        again = make_plan(held=[held], customer=await known(stores), now=TIME + 2)
        assert not await stores.decisions.carry_out([again])
        assert await messages(stores) == list(again.messages)
        assert again.messages[0].id == claimed.message.id

    async def test_a_message_may_be_withdrawn_for_itself(self, stores: Stores) -> None:
        (first,) = await planned(stores, make_occasion())
        claimed = await claim(stores)
        later = replace(first.messages[0], due=TIME + 5)
        plan = Plan("c-1", 1, changed=first.new, messages=(later,))
        assert await stores.messages.withdraw(claimed, plan)
        assert await messages(stores) == [later]

    async def test_what_has_begun_is_not_withdrawn(self, stores: Stores) -> None:
        (first,) = await planned(stores, make_occasion())
        claimed = await claim(stores)
        assert await begin(stores, claimed)
        taken_over = await claim(stores, "t-2", TIME + LEASE)
        plan = Plan("c-1", changed=first.new)
        assert not await stores.messages.withdraw(taken_over, plan)
        assert (await stands(stores, claimed)).status == "sending"
        assert (await everything(stores))["1001"].revision == 0
