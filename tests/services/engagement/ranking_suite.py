"""Leaderboards and past scores over a real store; each adapter's test binds `stores`."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from random import Random

import msgspec
import pytest

from services.engagement.domain.act import Act
from services.engagement.domain.customer import CustomerRecord
from services.engagement.domain.decay import DAY_MS
from services.engagement.domain.membership import Difference, Group, Membership
from services.engagement.domain.person import Person
from services.engagement.domain.ranking import Board
from services.engagement.ports.books import LiveBook
from services.engagement.ports.customers import CustomerStore
from services.engagement.ports.memberships import MembershipStore
from services.engagement.ports.people import PeopleStore, PersonRecord
from services.engagement.ports.scores import ScoreStore
from services.engagement.use_cases.looking_back import FURTHEST, LookBack
from services.engagement.use_cases.ranking import (
    FRESH,
    MOST,
    MOST_WAITING,
    SIDE,
    RankCustomers,
    Standing,
)
from services.engagement.use_cases.reading import ReadScores
from shared.clock import ManualClock, epoch_ms, from_epoch_ms
from shared.errors import Invalid, Unavailable
from tests.services.engagement.builders import START, make_act, make_formula
from tests.services.engagement.histories import check, make_history
from tests.services.engagement.oracle import reckon
from tests.services.engagement.storage.store_suite import apply

NOW = START + 300 * DAY_MS


@dataclass
class Opened:
    """The stores of one database, of one live book."""

    scores: ScoreStore
    books: LiveBook
    people: PeopleStore
    memberships: MembershipStore
    customers: CustomerStore


class Counting:
    """PeopleStore that counts its passes."""

    def __init__(self, people: PeopleStore) -> None:
        self.passes = 0
        self.of = people.of
        self._people = people

    async def with_leaderboard_name(self, after: str, most: int) -> Sequence[Person]:
        self.passes += not after
        return await self._people.with_leaderboard_name(after, most)


async def tell(stores: Opened, acts: Sequence[Act]) -> None:
    position = await stores.scores.position("acts", 0)
    await apply(stores.scores, acts, expected=position, next=(position or 0) + len(acts))


async def show(stores: Opened, **people: Person) -> None:
    await stores.people.keep(
        [PersonRecord(one.customer, n, one) for n, one in enumerate(people.values(), 1)]
    )


def shown(customer: str, name: str | None = None) -> Person:
    return Person(customer=customer, leaderboard_name=name or customer.upper())


def names(standing: Standing | None) -> list[tuple[int, str]]:
    assert standing is not None
    return [(one.rank, one.place.name) for one in standing.places]


class RankingSuite:
    """Of those who agreed to be shown; who shows the same has the same rank."""

    @pytest.fixture
    def clock(self) -> ManualClock:
        return ManualClock(from_epoch_ms(NOW))

    @pytest.fixture
    def rank(self, stores: Opened, clock: ManualClock) -> RankCustomers:
        return RankCustomers(
            stores.scores, stores.books, stores.people, stores.memberships, ["gardeners"], clock
        )

    async def _fill(self, stores: Opened) -> None:
        """a: 3 referrals, b and c: 2, d: 1, e: a purchase, f: staff, g: not shown, h: nothing."""
        acts = [
            make_act(id=f"{customer}{n}", customer=customer)
            for customer, times in (("a", 3), ("b", 2), ("c", 2), ("d", 1), ("f", 9), ("g", 9))
            for n in range(times)
        ]
        acts.append(make_act("purchase", id="e", customer="e", order="o", amount="9000"))
        await tell(stores, acts)
        people = [shown(customer) for customer in "abcdeh"]
        people += [
            Person(customer="f", leaderboard_name="F", excluded="staff"),
            Person(customer="g", name="Greta"),
        ]
        await stores.people.keep([PersonRecord(one.customer, 1, one) for one in people])

    async def test_of_the_whole_score_and_of_a_dimension(
        self, stores: Opened, rank: RankCustomers
    ) -> None:
        await self._fill(stores)
        assert names(await rank.top(Board("engagement"))) == [
            (1, "E"), (2, "A"), (3, "B"), (3, "C"), (5, "D"),
        ]  # fmt: skip
        of_dimension = await rank.top(Board("advocacy"))
        assert names(of_dimension) == [(1, "A"), (2, "B"), (2, "C"), (4, "D")]
        assert of_dimension.count == 4

    async def test_in_a_circle(self, stores: Opened, rank: RankCustomers) -> None:
        await self._fill(stores)
        group = Group("circle", "gardeners")
        put = [Membership(group, customer, START, "hand") for customer in "bdfg"]
        await stores.memberships.change(Difference(put, []))
        board = Board("engagement", "gardeners")
        assert names(await rank.top(board)) == [(1, "B"), (2, "D")]
        assert names(await rank.around(board, "d")) == [(1, "B"), (2, "D")]
        assert await rank.around(board, "a") is None

    async def test_who_is_not_shown_has_no_place(self, stores: Opened, rank: RankCustomers) -> None:
        await self._fill(stores)
        for customer in ("f", "g", "h", "nobody"):
            assert await rank.around(Board("engagement"), customer) is None

    async def test_which_leaderboards_there_are(self, rank: RankCustomers) -> None:
        boards = await rank.boards()
        assert boards.scores[0] == "engagement"
        assert list(boards.dimensions) == ["commerce", "advocacy"]
        assert await rank.known(Board("commerce", "gardeners"))
        assert not await rank.known(Board("commerce", "fishers"))
        assert not await rank.known(Board("link"))

    async def test_half_lives_overtake_each_other(
        self, stores: Opened, rank: RankCustomers, clock: ManualClock
    ) -> None:
        bought = make_act("purchase", id="1", customer="slow", order="o", amount="24.00", day=300)
        fast = make_act(id="2", customer="fast", day=300)
        more = make_act("purchase", id="3", customer="slow", order="p", amount="200.00", day=300)
        await tell(stores, [bought, fast, more])
        await show(stores, a=shown("slow"), b=shown("fast"))
        assert names(await rank.top(Board("engagement"))) == [(1, "FAST"), (2, "SLOW")]
        clock.advance(timedelta(days=60))
        assert names(await rank.top(Board("engagement"))) == [(1, "SLOW"), (2, "FAST")]

    async def test_around_one_far_down_and_beyond_what_is_kept(
        self, stores: Opened, rank: RankCustomers
    ) -> None:
        ids = [f"c{n:03}" for n in range(MOST + 30)]
        await tell(
            stores,
            [
                make_act("purchase", id=id, customer=id, order=id, amount=f"{1000 - n // 2}")
                for n, id in enumerate(ids)
            ],
        )
        await stores.people.keep([PersonRecord(id, 1, shown(id)) for id in ids])
        board = Board("engagement")
        top = await rank.top(board)
        assert (len(top.places), top.count) == (MOST, len(ids))
        for place in (0, 50, MOST - 2, MOST + 5, len(ids) - 1):
            found = await rank.around(board, ids[place])
            expected = [
                (n // 2 * 2 + 1, ids[n].upper())
                for n in range(max(0, place - SIDE), min(len(ids), place + SIDE + 1))
            ]
            assert names(found) == expected

    async def test_who_asks_meanwhile_shares_a_pass_and_soon_after_its_answer(
        self, stores: Opened, clock: ManualClock
    ) -> None:
        await self._fill(stores)
        people = Counting(stores.people)
        rank = RankCustomers(
            stores.scores,
            stores.books,
            people,  # type: ignore[arg-type]
            stores.memberships,
            [],
            clock,
        )
        board = Board("engagement")
        found = await asyncio.gather(*(rank.top(board) for _ in range(20)))
        assert len({id(one) for one in found}) == 1
        clock.advance(FRESH / 2)
        assert (await rank.top(board)) is found[0]
        assert people.passes == 1
        clock.advance(FRESH)
        assert (await rank.top(board)).time == clock.now()
        assert people.passes == 2

    async def test_an_asker_who_leaves_ends_nothing_for_the_others(
        self, stores: Opened, rank: RankCustomers
    ) -> None:
        await self._fill(stores)
        board = Board("engagement")
        leaving = asyncio.create_task(rank.top(board))
        staying = asyncio.create_task(rank.top(board))
        await asyncio.sleep(0)
        leaving.cancel()
        assert (await staying).count == 5

    async def test_who_asks_for_everybody_one_by_one_is_told_to_wait(
        self, stores: Opened, rank: RankCustomers
    ) -> None:
        await self._fill(stores)
        board = Board("engagement")
        await rank.top(board)
        asked = [rank.around(board, f"nobody-{n}") for n in range(3 * MOST_WAITING)]
        found = await asyncio.gather(*asked, return_exceptions=True)
        assert found.count(None) >= MOST_WAITING
        assert {type(one) for one in found} == {type(None), Unavailable}
        assert await rank.around(board, "nobody") is None

    async def test_a_merged_customer_stands_where_the_other_does(
        self, stores: Opened, rank: RankCustomers
    ) -> None:
        await self._fill(stores)
        await stores.customers.keep([CustomerRecord("d", 1, "a")])
        await stores.people.keep([PersonRecord("d", 2, None)])
        assert names(await rank.around(Board("advocacy"), "d"))[0] == (1, "A")


class LookBackSuite:
    """A past score is what the acts by then come to."""

    @pytest.fixture
    def clock(self) -> ManualClock:
        return ManualClock(from_epoch_ms(NOW))

    @pytest.fixture
    def back(self, stores: Opened, clock: ManualClock) -> LookBack:
        return LookBack(ReadScores(stores.scores, stores.books, stores.people, clock))

    async def test_at_any_time_it_is_what_the_acts_by_then_come_to(
        self, stores: Opened, back: LookBack
    ) -> None:
        random = Random(7)
        acts = [
            msgspec.structs.replace(
                act, key=f"{n} {act.key}", withdraws=act.withdraws and f"{n} {act.withdraws}"
            )
            for n in range(12)
            for step in make_history(random)
            if not isinstance(step, CustomerRecord)
            for act in step
        ]
        for start in range(0, len(acts), 25):
            await tell(stores, acts[start : start + 25])
        formula = make_formula()
        for days in (-1, 0, 30, 31, 100, 201):
            time = START + days * DAY_MS
            found = await back.scores(["a", "b", "c"], time, 3)
            for customer in ("a", "b", "c"):
                told = [a for a in acts if a.origin == customer and a.time <= time]
                wanted = reckon(told, formula) if told else None
                check(found[customer].profile if customer in found else None, wanted)
                one = await back.one(customer, time, 3)
                assert (one is None) == (wanted is None)
                assert one is None or one.total == found[customer].total

    async def test_now_is_now_and_ahead_it_only_fades(
        self, stores: Opened, back: LookBack, clock: ManualClock
    ) -> None:
        await tell(stores, [make_act(id=f"{n}", day=n) for n in range(9)])
        now = epoch_ms(clock.now())
        asked, told = await back.one("c-1", now, 5), await back.read.one("c-1", 5)
        assert asked == told
        later = await back.one("c-1", now + 90 * DAY_MS, 5)
        assert later is not None
        assert told is not None
        assert later.total == pytest.approx(told.total / 2)

    async def test_no_further_ahead_than_a_bound(self, back: LookBack, clock: ManualClock) -> None:
        with pytest.raises(Invalid):
            await back.one("c-1", epoch_ms(clock.now() + FURTHEST) + 1, 0)
        with pytest.raises(Invalid):
            await back.past("c-1", epoch_ms(clock.now() + FURTHEST) + 1)

    async def test_many_go_by_the_survivor_of_who_was_merged(
        self, stores: Opened, back: LookBack
    ) -> None:
        ids = [f"c{n}" for n in range(50)]
        await tell(stores, [make_act(id=id, customer=id) for id in ids])
        await stores.customers.keep([CustomerRecord("c1", 1, "c0")])
        found = await back.scores([*ids, "nobody"], START, 0)
        assert found.keys() == set(ids)
        assert found["c1"] == found["c0"]
        assert found["c0"].total == pytest.approx(50.0)

    async def test_who_is_excluded_has_nothing_at_any_time(
        self, stores: Opened, back: LookBack
    ) -> None:
        await tell(stores, [make_act(id="1")])
        staff = Person(customer="c-1", excluded="staff")
        await stores.people.keep([PersonRecord("c-1", 1, staff)])
        await stores.customers.keep([CustomerRecord("c-1", 1, None, "staff")])
        found = await back.past("c-1", START)
        assert found is not None
        assert found.excluded == "staff"
        assert not any(found.past.profile.sums.values())
        now = await back.read.one("c-1", 0)
        assert now is not None
        assert await back.read.exclusions([now]) == {"c-1": "staff"}
