"""What every ScoreStore does; each adapter's test module binds `store` and `customers`."""

import asyncio
from collections.abc import Sequence
from functools import partial

import pytest

from services.engagement.domain.act import Act
from services.engagement.domain.formula import Formula
from services.engagement.domain.ledger import ORDER_REPEATED, Entry
from services.engagement.domain.scoring import Known, Scored, score
from services.engagement.ports.scores import Advance, MoneyTotal, ScoreStore
from shared.errors import Conflict
from tests.services.engagement.builders import START, make_act, make_formula

FORMULA = make_formula()


async def apply(
    store: ScoreStore, acts: Sequence[Act], expected: int | None = None, next: int = 10
) -> Sequence[Entry]:
    return await store.apply(Advance("acts", 0, expected, next), acts, partial(score, acts))


class ScoreStoreSuite:
    """Positions, ledger and profiles change together or not at all."""

    async def test_a_batch_moves_the_position_and_adds_up(self, store: ScoreStore) -> None:
        assert await store.position("acts", 0) is None
        acts = [
            make_act("purchase", id="p", order="o1", amount="80.00"),
            make_act("refund", id="r", order="o1", amount="30.50", day=3),
            make_act(id="a", day=5),
            make_act(id="b", customer="c-2"),
        ]
        entries = await apply(store, acts, next=4)
        assert {entry.key for entry in entries} == {act.key for act in acts}
        assert await store.position("acts", 0) == 4
        profiles = await store.profiles(["c-1", "c-2", "c-3"])
        assert profiles.keys() == {"c-1", "c-2"}
        assert profiles["c-1"].acts == {"purchase": 1, "refund": 1, "referral": 1}
        assert profiles["c-1"].money == {"EUR": (800_000, 305_000)}
        assert profiles["c-1"].first == START
        assert profiles["c-1"].last == make_act(day=5).time
        decay = FORMULA.decays["commerce"]
        expected = decay.to_landmark(4.95, START)
        assert profiles["c-1"].sums["commerce"] == pytest.approx(expected, rel=1e-12)

    async def test_a_stale_position_writes_nothing(self, store: ScoreStore) -> None:
        await apply(store, [make_act(id="a")], next=1)
        with pytest.raises(Conflict):
            await apply(store, [make_act(id="b")], expected=None, next=2)
        with pytest.raises(Conflict):
            await apply(store, [make_act(id="b")], expected=0, next=2)
        assert (await store.profiles(["c-1"]))["c-1"].acts == {"referral": 1}
        assert await store.position("acts", 0) == 1

    async def test_of_many_at_the_same_position_one_wins(self, store: ScoreStore) -> None:
        await apply(store, [], next=1)
        racing = [apply(store, [make_act(id=f"{n}")], expected=1, next=2) for n in range(5)]
        results = await asyncio.gather(*racing, return_exceptions=True)
        lost = [result for result in results if isinstance(result, BaseException)]
        assert len(lost) == 4
        assert all(isinstance(error, Conflict) for error in lost)
        assert (await store.profiles(["c-1"]))["c-1"].acts == {"referral": 1}

    async def test_what_the_ledger_holds_is_returned_and_not_added(self, store: ScoreStore) -> None:
        acts = [make_act(id="a"), make_act(id="b", day=1)]
        first = await apply(store, acts, next=2)
        again = await apply(store, [*acts, make_act(id="c", day=2)], expected=2, next=3)
        assert {entry.key for entry in again} == {"/shop a", "/shop b", "/shop c"}
        assert {e.key: e for e in first}.items() <= {e.key: e for e in again}.items()
        assert (await store.profiles(["c-1"]))["c-1"].acts == {"referral": 3}

    async def test_an_order_is_completed_across_batches(self, store: ScoreStore) -> None:
        await apply(store, [make_act("refund", id="r", order="o1", amount="30", day=9)], next=1)
        bought = make_act("purchase", id="p", order="o1", amount="80")
        (entry,) = await apply(store, [bought], expected=1, next=2)
        assert entry.points == pytest.approx(5.0)

    async def test_a_decision_that_fails_changes_nothing(self, store: ScoreStore) -> None:
        def fail(known: Known, formula: Formula) -> Scored:
            raise RuntimeError("no")

        with pytest.raises(RuntimeError):
            await store.apply(Advance("acts", 0, None, 1), [make_act()], fail)
        assert await store.position("acts", 0) is None

    async def test_the_heaviest_entries_of_each_dimension(self, store: ScoreStore) -> None:
        acts = [make_act(id=f"a{n}", day=n) for n in range(9)]
        acts += [
            make_act("purchase", id=f"p{n}", order=f"o{n}", amount=f"{n + 1}0") for n in range(9)
        ]
        await apply(store, [*acts, make_act(id="x", customer="c-2")])
        heaviest = await store.heaviest(["c-1", "c-2", "c-3"], 3)
        assert heaviest.keys() == {"c-1", "c-2"}
        keys = {entry.key for entry in heaviest["c-1"]}
        assert keys == {f"/shop {name}" for name in ("a8", "a7", "a6", "p8", "p7", "p6")}
        assert [entry.key for entry in heaviest["c-2"]] == ["/shop x"]

    async def test_totals_are_exact(self, store: ScoreStore) -> None:
        acts = [
            make_act("purchase", id=f"p{n}", customer=f"c-{n % 3}", order=f"o{n}", amount="0.10")
            for n in range(30)
        ]
        acts.append(make_act("purchase", id="q", order="q", amount="5", currency="GBP"))
        await apply(store, acts)
        totals = await store.totals()
        assert totals.customers == 3
        assert totals.acts == {"purchase": 31}
        assert totals.money == [MoneyTotal("EUR", 30_000, 0), MoneyTotal("GBP", 50_000, 0)]

    async def test_an_orders_id_may_hold_a_nul(self, store: ScoreStore) -> None:
        await apply(store, [make_act("purchase", id="p", order="o\0x", amount="10.00")], next=1)
        again = make_act("purchase", id="q", order="o\0x", amount="10.00")
        (entry,) = await apply(store, [again], expected=1, next=2)
        assert entry.note == ORDER_REPEATED

    async def test_partitions_and_topics_have_positions_of_their_own(
        self, store: ScoreStore
    ) -> None:
        await apply(store, [], next=7)
        await store.apply(Advance("acts", 1, None, 3), [], lambda known, formula: Scored())
        await store.apply(Advance("answers", 0, None, 5), [], lambda known, formula: Scored())
        positions = [
            await store.position(topic, partition)
            for topic, partition in (("acts", 0), ("acts", 1), ("answers", 0))
        ]
        assert positions == [7, 3, 5]
