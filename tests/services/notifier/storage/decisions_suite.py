"""What a store of decisions does besides writing plans."""

from dataclasses import replace
from datetime import timedelta

from services.notifier.domain.customer import Customer
from services.notifier.domain.decision import Decision
from services.notifier.domain.planning import Plan
from services.notifier.ports.decisions import DecisionQuery, Position, UnthankedQuery
from services.notifier.ports.stores import Stores
from tests.services.notifier.builders import (
    DAY,
    TIME,
    make_occasion,
    make_plan,
    make_policy,
    make_rule,
)
from tests.services.notifier.storage.asking import page, planned


def ids(decisions: object) -> list[str]:
    return [one.occasion.ref.id for one in decisions]  # type: ignore[attr-defined]


class DecisionsSuite:
    """Decisions: held, due, told, listed."""

    async def test_every_field_comes_back(self, stores: Stores) -> None:
        (made,) = make_plan(customer=Customer("c-1")).new
        full = replace(
            made,
            channel="sms",
            message_id="m-1",
            merged_into="d-9",
            survey="order",
            tried=("email", "push"),
            announced=False,
            arrived_at=TIME - 5,
            decided_at=TIME - 4,
        )
        assert not await stores.decisions.carry_out([Plan("c-1", new=(full,))])
        assert await stores.decisions.known([full.id]) == {full.id: full}
        assert await stores.decisions.unannounced(10) == [full]

    async def test_held_decisions_are_found_oldest_first(self, stores: Stores) -> None:
        days = {"1": -1.0, "2": -2.0, "3": 0.0}
        acts = [make_occasion(id, day=day) for id, day in days.items()]
        other = make_occasion("4", "c-2")
        await planned(stores, *acts, other, able=False)
        await planned(stores, make_occasion("sent"))
        held = await stores.decisions.held(["c-1", "c-2", "c-3"])
        assert {id: ids(found) for id, found in held.items()} == {
            "c-1": ["2", "1", "3"],
            "c-2": ["4"],
            "c-3": [],
        }

    async def test_of_very_many_held_the_oldest_two_hundred(self, stores: Stores) -> None:
        acts = [make_occasion(f"{n}", day=-n / 100) for n in range(210)]
        await planned(stores, *acts, able=False)
        assert ids((await stores.decisions.held(["c-1"]))["c-1"]) == [
            f"{n}" for n in range(209, 9, -1)
        ]

    async def test_held_decisions_fall_due_when_woken_or_too_old(self, stores: Stores) -> None:
        plans = await planned(
            stores,
            make_occasion(),
            make_occasion("2", "c-2"),
            make_occasion("3", "c-2"),
            able=False,
        )
        assert await stores.decisions.due(TIME + 7 * DAY - 1, 10) == []
        assert set(await stores.decisions.due(TIME + 7 * DAY, 10)) == {"c-1", "c-2"}
        await stores.decisions.wake(["c-1", "c-9"], TIME)
        assert await stores.decisions.due(TIME, 10) == ["c-1"]
        (woken,) = (await stores.decisions.held(["c-1"]))["c-1"]
        assert woken == replace(plans[0].new[0], due=TIME, revision=1)
        assert await stores.decisions.due(TIME + 7 * DAY, 10) == ["c-1", "c-2"]
        assert await stores.decisions.due(TIME + 7 * DAY, 1) == ["c-1"]

    async def test_who_is_woken_again_and_again_is_not_put_off(self, stores: Stores) -> None:
        await planned(stores, make_occasion(), able=False)
        for later in range(3):
            await stores.decisions.wake(["c-1"], TIME + later)
        assert await stores.decisions.due(TIME, 10) == ["c-1"]

    async def test_what_was_thanked_is_not_woken(self, stores: Stores) -> None:
        (plan,) = await planned(stores, make_occasion())
        await stores.decisions.wake(["c-1"], TIME)
        assert await stores.decisions.due(TIME + 99 * DAY, 10) == []
        assert await stores.decisions.known([plan.new[0].id]) == {plan.new[0].id: plan.new[0]}

    async def test_others_are_told_of_the_revision_that_stands(self, stores: Stores) -> None:
        (held,) = await planned(stores, make_occasion("1"), make_occasion("2"), able=False)
        assert await stores.decisions.unannounced(10) == []
        settled = make_plan(held=held.new, now=TIME + 1)
        assert not await stores.decisions.carry_out([settled])
        told = await stores.decisions.unannounced(10)
        assert {d.revision for d in told} == {1}
        assert len(await stores.decisions.unannounced(1)) == 1
        await stores.decisions.announced([told[0], replace(told[1], revision=0)])
        assert await stores.decisions.unannounced(10) == [told[1]]

    async def test_pages_go_from_new_to_old(self, stores: Stores) -> None:
        for n in range(12):
            await planned(stores, make_occasion(f"{n}", f"c-{n % 2}"), now=TIME + n // 3)
        whole = await stores.decisions.page(DecisionQuery(50))
        order = [(d.decided_at, d.id) for d in whole]
        assert order == sorted(order, reverse=True)
        position: Position | None = None
        seen: list[Decision] = []
        while found := await stores.decisions.page(DecisionQuery(5, position)):
            seen += found
            position = Position(found[-1].decided_at, found[-1].id)
        assert seen == whole
        assert set(await page(stores, customer="c-1")) == {"1", "3", "5", "7", "9", "11"}

    async def test_pages_are_of_what_is_asked_for(self, stores: Stores) -> None:
        await planned(stores, make_occasion("7"), make_occasion("old", day=-30))
        await planned(stores, make_occasion("8", "c-2"), able=False)
        assert await page(stores, act_source="/shop", act_id="7") == ["7"]
        assert await page(stores, act_source="/other", act_id="7") == []
        assert await page(stores, customer="c-1", verdict="thanked") == ["7"]
        assert await page(stores, verdict="held") == ["8"]
        assert await page(stores, reason="stale") == ["old"]
        assert set(await page(stores, rule="purchase")) == {"7", "8", "old"}
        assert await page(stores, rule="purchase", reason="gathering") == []

    async def test_the_unthanked_are_listed_with_the_oldest_first(self, stores: Stores) -> None:
        policy = make_policy(
            make_rule(), make_rule("sorry", on="return", purpose="recovery", channels=("sms",))
        )
        stranger = make_plan(
            *(make_occasion(f"{n}", day=-n) for n in range(5)),
            make_occasion("8", day=-8),
            make_occasion("none", kind="refund"),
            customer=Customer("c-1"),
            policy=policy,
        )
        sorry = make_plan(make_occasion("no address", "c-3", kind="return"), policy=policy)
        assert [d.purpose for d in sorry.new] == ["recovery"]
        assert not await stores.decisions.carry_out([stranger, sorry])
        await planned(stores, make_occasion("sent", "c-2"), make_occasion("9", "c-2", day=-9))
        expected = ["9", "8", "4", "3", "2", "1", "0"]
        assert ids(await stores.decisions.unthanked(UnthankedQuery(50))) == expected
        seen: list[Decision] = []
        after: Position | None = None
        while found := await stores.decisions.unthanked(UnthankedQuery(3, after)):
            seen += found
            after = Position(found[-1].occasion.time, found[-1].id)
        assert ids(seen) == expected
        assert ids(await stores.decisions.unthanked(UnthankedQuery(50, customer="c-2"))) == ["9"]

    async def test_those_that_wait_for_long_are_counted(self, stores: Stores) -> None:
        acts = [make_occasion(f"{n}", day=-n) for n in range(5)]
        await planned(stores, *acts, make_occasion("stale", day=-8), able=False)
        await planned(stores, make_occasion("sent", day=-3))
        before = TIME - round(timedelta(days=2).total_seconds() * 1000)
        assert await stores.decisions.unthanked_count(before, 100) == 2
        assert await stores.decisions.unthanked_count(before + 1, 100) == 3
        assert await stores.decisions.unthanked_count(TIME + DAY, 4) == 4
