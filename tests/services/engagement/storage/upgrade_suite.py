"""A store that the release before books and watches has written, opened by this one.

Then a withdrawal took the points of its act back by an entry of its own, and the act stayed as it
was. `c-1` has two referrals, of which the first was withdrawn, and an order told twice, of which
the second telling was; `c-2` has a referral of its own and that of `c-3`, who was merged into it.
"""

from collections.abc import Sequence
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from services.engagement.domain import ledger
from services.engagement.domain.act import Act
from services.engagement.domain.customer import CustomerRecord
from services.engagement.domain.folding import fold
from services.engagement.domain.ledger import Entry
from services.engagement.domain.moment import Moment
from services.engagement.domain.moments import compile_rules
from services.engagement.domain.scoring import score
from services.engagement.ports.books import BookStore
from services.engagement.ports.customers import CustomerStore
from services.engagement.ports.moments import MomentStore
from services.engagement.ports.people import PeopleStore
from services.engagement.ports.scores import Advance, MoneyTotal, ScoreStore
from services.engagement.use_cases.noticing import LookAtDue
from shared.clock import ManualClock, epoch_ms, from_epoch_ms
from shared.programme.moment_rules import build_moment_rules
from tests.services.engagement.builders import START, make_act, make_formula

FORMULA = make_formula()
RULES = compile_rules(build_moment_rules())
DAY_MS = 86_400_000
VERSION = "0123456789ab"
TAKES_A, TAKES_Q = {"withdraws": "/shop a"}, {"withdraws": "/shop q"}
EUR_80 = {"units": 800_000, "currency": "EUR"}
EUR_100 = {"units": 1_000_000, "currency": "EUR", "note": "order_revised"}
LEDGER: Sequence[dict[str, Any]] = [
    {
        "key": key,
        "customer": customer,
        "kind": kind,
        "time": START + day * DAY_MS,
        "dimension": "commerce" if order else "advocacy",
        "points": points,
        "counts_from": START + since * DAY_MS,
        "formula": VERSION,
        "heft": heft,
        "order": order,
    }
    | more
    for key, customer, kind, day, points, since, heft, order, more in (
        ("/shop a", "c-1", "referral", 0, 25.0, 0, 415.7036904127373, None, {}),
        ("/shop b", "c-1", "referral", 1, 25.0, 1, 418.9176491282506, None, {}),
        ("/shop w", "c-1", "withdrawal", 2, -25.0, 0, 415.7036904127373, None, TAKES_A),
        ("/shop p", "c-1", "purchase", 3, 8.0, 3, 33.00115114889585, "c-1\no1", EUR_80),
        ("/shop q", "c-1", "purchase", 4, 2.0, 3, 8.250287787223963, "c-1\no1", EUR_100),
        ("/shop x", "c-1", "withdrawal", 5, -2.0, 3, 8.250287787223963, "c-1\no1", TAKES_Q),
        ("/shop c", "c-2", "referral", 6, 25.0, 6, 435.36403180410497, None, {}),
        ("/shop d", "c-2", "referral", 7, 25.0, 7, 438.7299918778505, None, {"origin": "c-3"}),
    )
]
PROFILES: Sequence[dict[str, Any]] = [
    {
        "customer": "c-1",
        "first": START,
        "last": START + 5 * DAY_MS,
        "sums": {"advocacy": 418.9176491282507, "commerce": 33.00115114889585},
        "acts": {"referral": 1, "purchase": 1},
        "money": {"EUR": {"gross": 800_000, "refunded": 0}},
    },
    {
        "customer": "c-2",
        "first": START + 6 * DAY_MS,
        "last": START + 7 * DAY_MS,
        "sums": {"advocacy": 874.0940236819555},
        "acts": {"referral": 2},
        "money": {},
    },
]
TOOK_BACK = "a6f7ef47ee8dc84af9056a3051ddc302f19581a96eb7e12f510fdf550326a399"
MERGED = "6bd5c4b852102b82f53a89e166343494844dc9f4cfd09e204331a5a52da1b02f"
"""Hashes of c-1, who had a withdrawal, and of c-3."""


async def apply(store: ScoreStore, acts: Sequence[Act]) -> Sequence[Entry]:
    """Score acts behind the eight of the release before."""
    now = START + 10 * DAY_MS
    decide = partial(score, acts, rules=RULES, now=now)
    return await store.apply(Advance("acts", 0, 8, 9), acts, decide)


class UpgradeSuite:
    """Each adapter's test binds `store`, `customers`, `moments`, `people` and `books`."""

    async def test_scores_totals_and_merges_are_what_they_were(self, store: ScoreStore) -> None:
        profiles = await store.profiles(["c-1", "c-2", "c-3"])
        assert profiles.keys() == {"c-1", "c-2"}
        for was in PROFILES:
            now = profiles[was["customer"]]
            assert now.sums == was["sums"]
            assert now.acts == was["acts"]
            assert (now.first, now.last) == (was["first"], was["last"])
        totals = await store.totals()
        assert totals.customers == 2
        assert totals.acts == {"referral": 3, "purchase": 1}
        assert totals.money == [MoneyTotal("EUR", 800_000, 0)]
        assert await store.survivors(["c-3"]) == {"c-3": "c-2"}
        assert await store.position("acts", 0) == 8

    async def test_entries_are_what_their_acts_add_up_to(self, store: ScoreStore) -> None:
        entries = await store.entries(["c-1", "c-2"])
        assert len(entries) == len(LEDGER)
        for profile in (await store.profiles(["c-1", "c-2"])).values():
            weights = dict.fromkeys(profile.sums, 0.0)
            for entry in entries:
                if entry.customer == profile.customer:
                    weights[entry.cell] += entry.weight
            assert weights == pytest.approx(profile.sums, rel=1e-12, abs=1e-9)

    async def test_folded_anew_they_are_worth_the_same(self, store: ScoreStore) -> None:
        entries = await store.entries(["c-1", "c-2"])
        owners = {entry.key: entry.customer for entry in entries}
        folded = fold(entries, FORMULA, lambda telling: owners[telling.key])
        for customer, profile in (await store.profiles(["c-1", "c-2"])).items():
            change = folded.changes[customer]
            assert change.sums == pytest.approx(profile.sums, rel=1e-12, abs=1e-9)
            assert {kind: n for kind, n in change.acts.items() if n} == profile.acts

    async def test_what_was_taken_back_is_not_taken_back_again(self, store: ScoreStore) -> None:
        before = (await store.profiles(["c-1"]))["c-1"]
        again = [make_act("withdrawal", id=f"{n}2", day=9, withdraws=n) for n in ("a", "q")]
        entries = await apply(store, again)
        notes = {entry.key: entry.note for entry in entries if entry.withdraws}
        assert {notes["/shop a2"], notes["/shop q2"]} == {ledger.WITHDRAWN_BEFORE}
        after = (await store.profiles(["c-1"]))["c-1"]
        assert (after.sums, after.acts, after.money) == (before.sums, before.acts, before.money)

    async def test_what_was_taken_back_of_an_order_stays_out_of_it(self, store: ScoreStore) -> None:
        await apply(store, [make_act("refund", id="r", day=9, order="o1", amount="30")])
        profile = (await store.profiles(["c-1"]))["c-1"]
        assert profile.money == {"EUR": (800_000, 300_000)}
        worth = FORMULA.decays["commerce"].to_landmark(5.0, START + 3 * DAY_MS)
        assert profile.sums["commerce"] == pytest.approx(worth, rel=1e-12)

    async def test_customers_are_merged_and_parted_as_ever(
        self, store: ScoreStore, customers: CustomerStore
    ) -> None:
        before = await store.profiles(["c-1", "c-2"])
        await customers.keep([CustomerRecord("c-1", 1, "c-2")])
        one = (await store.profiles(["c-1", "c-2"]))["c-2"]
        assert one.acts == {"referral": 3, "purchase": 1}
        sums = [profile.sums["advocacy"] for profile in before.values()]
        assert one.sums["advocacy"] == pytest.approx(sum(sums), rel=1e-12)
        await customers.keep([CustomerRecord("c-1", 2)])
        after = await store.profiles(["c-1", "c-2"])
        for customer, was in before.items():
            assert after[customer].acts == was.acts
            assert after[customer].money == was.money
            assert after[customer].sums == pytest.approx(was.sums, rel=1e-12)

    async def test_of_who_was_known_only_news_is_noticed(
        self, store: ScoreStore, moments: MomentStore, people: PeopleStore, books: BookStore
    ) -> None:
        clock = ManualClock(from_epoch_ms(START + 10 * DAY_MS))
        look = _look(moments, people, books, clock)
        await look()
        assert await self._noticed(moments) == []
        watches = [p.watch for p in (await store.profiles(["c-1", "c-2"])).values()]
        assert [watch.levels[-1].level for watch in watches] == ["friend", "friend"]
        assert {watch.known_since for watch in watches} == {epoch_ms(clock.now())}
        await apply(store, [make_act(id="e", customer="c-2", day=9)])
        assert [(m.kind, m.name) for m in await self._noticed(moments)] == [
            ("level_reached", "ally")
        ]

    async def test_a_silence_of_before_is_no_news(
        self, store: ScoreStore, moments: MomentStore, people: PeopleStore, books: BookStore
    ) -> None:
        acts = [make_act(id=f"e{n}", customer="c-2", day=8 + n) for n in range(3)]
        await store.apply(Advance("acts", 0, 8, 9), acts, partial(score, acts))
        # Ten days after the silence began, which is young enough to be told of.
        clock = ManualClock(from_epoch_ms(START + (10 + 30 + 10) * DAY_MS))
        look = _look(moments, people, books, clock)
        await look()
        assert await self._noticed(moments) == []

    async def test_the_live_book_has_the_version_that_scored_it(self, books: BookStore) -> None:
        shelf = await books.shelf()
        assert (shelf.live.number, shelf.live.version, shelf.beside) == (1, VERSION, None)

    async def _noticed(self, moments: MomentStore) -> Sequence[Moment]:
        return await moments.of(["c-1", "c-2"], None, 10)


def _look(
    moments: MomentStore, people: PeopleStore, books: BookStore, clock: ManualClock
) -> LookAtDue:
    zone = ZoneInfo("UTC")
    return LookAtDue(
        moments, people, books, RULES, zone, clock, wake=lambda: None, is_behind=lambda: False
    )
