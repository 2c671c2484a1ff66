"""What every MomentStore does; each adapter's test module binds `moments`, `store`,
`customers`, and the functions with which scoring and erasing write as `note` and `forget`."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from functools import partial

import pytest

from services.engagement.domain.customer import CustomerRecord
from services.engagement.domain.decay import DAY_MS
from services.engagement.domain.moment import Moment, moment_id
from services.engagement.domain.moments import Observed, compile_rules
from services.engagement.domain.scoring import score
from services.engagement.domain.timeline import Place
from services.engagement.domain.watch import UNWATCHED, Held, Watch
from services.engagement.ports.customers import CustomerStore
from services.engagement.ports.moments import MomentStore
from services.engagement.ports.scores import Advance, ScoreStore
from shared.contracts.engagement import ActRef
from shared.programme.moment_rules import build_moment_rules
from tests.services.engagement.builders import START, make_act
from tests.services.engagement.storage.store_suite import apply

Note = Callable[[Mapping[str, Observed]], Awaitable[None]]
Forget = Callable[[Collection[str]], Awaitable[None]]
RULES = compile_rules(build_moment_rules())
ACT = ActRef(source="/shop", id="1", type="io.requite.act.purchase.v1", time="2026-01-01T00:00Z")


def moment(name: str = "purchase", customer: str = "c-1", time: int = 5) -> Moment:
    return Moment(
        id=moment_id(customer, "first", name),
        customer=customer,
        kind="first",
        name=name,
        time=time,
        number=3,
        act=ACT,
    )


def watched(due: int | None, level: str = "friend") -> Watch:
    return Watch(levels=(Held(level, 7),), below=9, known_since=3, due=due)


async def _scored(store: ScoreStore, note: Note, dues: Sequence[int | None]) -> None:
    """Customers c-0, c-1, … who are due at these times."""
    acts = [make_act(id=f"a{n}", customer=f"c-{n}") for n in range(len(dues))]
    await apply(store, acts, next=1)
    await note({f"c-{n}": Observed(watched(due)) for n, due in enumerate(dues)})


async def _read(store: ScoreStore, customer: str = "c-0") -> Watch:
    return (await store.profiles([customer]))[customer].watch


class MomentStoreSuite:
    """Moments are kept once; who is due is looked at by one at a time."""

    async def test_a_moment_is_announced_once_the_oldest_first(self, moments: MomentStore) -> None:
        late, early, last = moment("a", time=9), moment("b", time=3), moment("c", time=10)
        await moments.keep([late, early])
        await moments.keep([last, late])
        assert await moments.unannounced(2) == [early, late]
        await moments.mark_announced([early.id, late.id])
        await moments.keep([early])
        assert await moments.unannounced(9) == [last]

    async def test_the_newest_first_from_behind_a_place(self, moments: MomentStore) -> None:
        kept = [moment(name, time=time) for name, time in (("a", 1), ("b", 2), ("c", 2), ("d", 3))]
        await moments.keep([*kept, moment("e", "c-2", 2), moment("f", "c-3", 2)])
        everything = await moments.of(["c-1", "c-2"], None, 99)
        assert [one.time for one in everything] == [3, 2, 2, 2, 1]
        found: list[Moment] = []
        before: Place | None = None
        while page := await moments.of(["c-1", "c-2"], before, 2):
            found += page
            before = Place(page[-1].time, page[-1].id)
        assert found == everything
        assert await moments.of(["nobody"], None, 9) == []

    async def test_what_was_noticed_as_acts_were_scored(
        self, moments: MomentStore, store: ScoreStore, note: Note
    ) -> None:
        await apply(store, [make_act(customer="c-0")], next=1)
        assert await _read(store) == UNWATCHED
        news, history = moment("a", "c-0"), moment("b", "c-0")
        await note({"c-0": Observed(watched(50), (news,), (history,))})
        assert await _read(store) == watched(50)
        assert await moments.unannounced(9) == [news]
        assert len(await moments.of(["c-0"], None, 9)) == 2
        await note({"c-0": Observed(watched(50), (news, history))})
        assert await moments.unannounced(9) == [news]

    async def test_scoring_keeps_what_it_notices_once(
        self, moments: MomentStore, store: ScoreStore
    ) -> None:
        acts = [make_act(id="a"), make_act(id="b", customer="c-2", day=1)]
        decide = partial(score, acts, rules=RULES, now=START + DAY_MS)
        await store.apply(Advance("acts", 0, None, 1), acts, decide)
        news = await moments.unannounced(99)
        assert {(one.customer, one.kind, one.name) for one in news} == {
            (customer, *what)
            for customer in ("c-1", "c-2")
            for what in (
                ("first", "contact"),
                ("first", "referral"),
                ("level_reached", "friend"),
            )
        }
        watch = await _read(store, "c-1")
        assert [held.level for held in watch.levels] == ["newcomer", "friend"]
        assert watch.due is not None
        assert {p.customer for p in await moments.take_due(watch.due + DAY_MS, 2**60, 9)} == {
            "c-1",
            "c-2",
        }
        await store.apply(Advance("acts", 0, 1, 2), acts, decide)
        assert await moments.unannounced(99) == news

    async def test_who_is_due_is_taken_once_until_the_lease_ends(
        self, moments: MomentStore, store: ScoreStore, note: Note
    ) -> None:
        await _scored(store, note, [10, 30, None, 20])
        assert await moments.take_due(9, 100, 5) == []
        (first,) = await moments.take_due(25, 100, 1)
        assert (first.customer, first.watch) == ("c-0", watched(10))
        (second,) = await moments.take_due(25, 100, 5)
        assert second.customer == "c-3"
        assert await moments.take_due(25, 100, 5) == []
        assert {p.customer for p in await moments.take_due(100, 200, 5)} == {"c-0", "c-1", "c-3"}

    async def test_any_number_of_replicas_take_each_once(
        self, moments: MomentStore, store: ScoreStore, note: Note
    ) -> None:
        await _scored(store, note, [10] * 30)
        taken = await asyncio.gather(*(moments.take_due(25, 100, 8) for _ in range(8)))
        while more := await moments.take_due(25, 100, 8):
            taken.append(more)
        customers = [profile.customer for some in taken for profile in some]
        assert sorted(customers) == sorted({f"c-{n}" for n in range(30)})

    async def test_what_time_brought_is_kept_with_when_to_look_next(
        self, moments: MomentStore, store: ScoreStore, note: Note
    ) -> None:
        await _scored(store, note, [10, 10])
        taken = {p.customer: p for p in await moments.take_due(25, 100, 5)}
        news, history = moment("a", "c-0"), moment("b", "c-0")
        looked = [
            (taken["c-0"], Observed(watched(60, "ally"), (news,), (history,))),
            (taken["c-1"], Observed(watched(None))),
        ]
        assert await moments.conclude(looked) == 2
        assert await _read(store) == watched(60, "ally")
        assert await moments.unannounced(9) == [news]
        assert [p.customer for p in await moments.take_due(1000, 2000, 5)] == ["c-0"]
        assert await moments.conclude(looked) == 0

    @pytest.mark.parametrize("by_an_act", [True, False])
    async def test_who_has_changed_since_is_looked_at_again(
        self, moments: MomentStore, store: ScoreStore, note: Note, by_an_act: bool
    ) -> None:
        await _scored(store, note, [10])
        (taken,) = await moments.take_due(25, 100, 5)
        if by_an_act:
            await apply(store, [make_act(id="b", customer="c-0")], expected=1, next=2)
        else:
            await note({"c-0": Observed(watched(10, "ally"))})
        assert await moments.conclude([(taken, Observed(watched(60), (moment(),)))]) == 0
        assert await moments.unannounced(9) == []
        assert (await _read(store)).due == 10
        (again,) = await moments.take_due(25, 100, 5)
        assert await moments.conclude([(again, Observed(watched(60)))]) == 1

    async def test_an_act_makes_nobody_due_later(
        self, moments: MomentStore, store: ScoreStore, note: Note
    ) -> None:
        await _scored(store, note, [10])
        await moments.take_due(25, 40, 5)
        await note({"c-0": Observed(watched(90))})
        assert len(await moments.take_due(40, 50, 5)) == 1
        await note({"c-0": Observed(watched(45))})
        assert len(await moments.take_due(45, 60, 5)) == 1

    async def test_an_erased_customers_moments_are_deleted(
        self, moments: MomentStore, forget: Forget
    ) -> None:
        await moments.keep([moment(), moment(customer="c-2")])
        await forget(["c-1"])
        assert await moments.of(["c-1"], None, 9) == []
        assert await moments.unannounced(9) == [moment(customer="c-2")]

    async def test_one_who_is_erased_has_no_more_moments(
        self, moments: MomentStore, customers: CustomerStore
    ) -> None:
        await customers.erase("c-1", "1")
        await moments.keep([moment(), moment(customer="c-2")])
        assert await moments.unannounced(9) == [moment(customer="c-2")]
        await customers.keep([CustomerRecord("c-1", 1)])
        await moments.keep([moment()])
        await customers.erase("c-1", "1")
        assert await moments.of(["c-1"], None, 9) == [moment()]
