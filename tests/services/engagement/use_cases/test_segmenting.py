"""The refresh of memberships, and decisions by hand beside it."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from services.engagement.domain.customer import CustomerRecord
from services.engagement.domain.membership import Group
from services.engagement.domain.person import Person
from services.engagement.ports.books import Live
from services.engagement.ports.people import PersonRecord
from services.engagement.use_cases import segmenting
from services.engagement.use_cases.circles import KeepCircles
from services.engagement.use_cases.segmenting import LEASE, last_refresh
from shared.errors import Conflict, Invalid
from tests.services.engagement.builders import make_formula
from tests.services.engagement.use_cases.group_bench import SECONDS, Bench, make_groups, open_bench

BUYERS, RICH, TOP = (Group("segment", name) for name in ("buyers", "rich", "top"))
CLUB, TEAM = Group("circle", "club"), Group("circle", "team")
GROUPS = make_groups(
    {"buyers": "orders > 0", "rich": "spent >= 100"}, {"club": "orders >= 2", "team": None}
)


class Shelf:
    """One live book after the other; the last one stays."""

    def __init__(self, books: list[Live]) -> None:
        self._books = books

    async def live(self) -> Live:
        return self._books.pop(0) if len(self._books) > 1 else self._books[0]


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    async with open_bench(tmp_path) as opened:
        yield opened


async def test_whoever_a_rule_holds_for_belongs(bench: Bench) -> None:
    await bench.buy("a", "b", "b")
    await bench.buy("c", amount="100")
    await bench.refreshed(GROUPS)
    assert await bench.memberships.counts() == {BUYERS: 3, RICH: 1, CLUB: 1}
    assert await bench.memberships.segments_of(["a", "c", "x"]) == {
        "a": ("buyers",),
        "c": ("buyers", "rich"),
    }
    assert await bench.ids(CLUB) == ["b"]
    last = await last_refresh(bench.memory)
    assert last is not None
    assert last.customers == 3
    assert len(bench.observed) == 1


async def test_only_what_differs_is_written(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    await bench.buy("a", "b")
    await bench.refreshed(GROUPS)
    since = (await bench.memberships.members(BUYERS, "", 1))[0].since
    changes = []
    written = bench.memberships.change

    async def change(difference: object) -> None:
        changes.append(difference)
        await written(difference)  # type: ignore[arg-type]

    monkeypatch.setattr(bench.memberships, "change", change)
    await bench.refreshed(GROUPS)
    assert changes == []
    await bench.buy("b")
    await bench.refreshed(GROUPS)
    (change_of_b,) = changes
    assert [one.customer for one in change_of_b.put] == ["b"]  # type: ignore[attr-defined]
    assert (await bench.memberships.members(BUYERS, "", 1))[0].since == since


async def test_what_no_longer_holds_ends(bench: Bench) -> None:
    await bench.buy("a")
    await bench.refreshed(make_groups({"new": "days_since_first <= 20"}, {}))
    assert await bench.ids(Group("segment", "new")) == ["a"]
    bench.clock.advance(timedelta(days=11))
    await bench.refreshed(make_groups({"new": "days_since_first <= 20"}, {}))
    assert await bench.ids(Group("segment", "new")) == []


async def test_a_group_that_left_the_programme_is_gone(bench: Bench) -> None:
    await bench.buy("a")
    await bench.refreshed(GROUPS)
    await bench.refreshed(make_groups({"rich": "orders > 0"}, {}))
    assert await bench.memberships.counts() == {RICH: 1}


@pytest.mark.parametrize("rows", [3, 5000])
async def test_many_windows_are_as_one(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, rows: int
) -> None:
    monkeypatch.setattr(segmenting, "_PROFILES", 2)
    monkeypatch.setattr(segmenting, "_ROWS", rows)
    names = [f"c-{number:02}" for number in range(15)]
    await bench.buy(*names)
    await bench.refreshed(GROUPS)
    assert await bench.ids(BUYERS) == names
    keep = bench.keep(GROUPS)
    for name in (*names[::4], "z-1", "z-2", "z-3", "z-4"):  # the last have no acts
        await keep.decide("team", name, member=True)
    for name in ("y-1", "y-2", "y-3", "y-4"):
        await keep.decide("club", name, member=False)
    for name in names[:3]:
        await bench.customers.erase(name, "1")
    await bench.refreshed(GROUPS)
    assert await bench.ids(BUYERS) == names[3:]
    assert await bench.ids(TEAM) == [*names[::4], "z-1", "z-2", "z-3", "z-4"]


async def test_fifths_compare_everybody_who_bought(bench: Bench) -> None:
    groups = make_groups({"top": "rfm.monetary == 5", "low": "rfm.monetary == 1"}, {})
    names = [f"c-{number}" for number in range(10)]
    for number, name in enumerate(names):
        await bench.buy(name, amount=f"{10 + number}")
    await bench.refreshed(groups)
    assert await bench.ids(TOP) == ["c-8", "c-9"]
    assert await bench.ids(Group("segment", "low")) == ["c-0", "c-1"]
    # Cuts are those of the refresh before: now all buy as much, but that is known one later.
    for number, name in enumerate(names):
        await bench.buy(name, amount=f"{100 - number}")
    await bench.refreshed(groups)
    assert await bench.ids(TOP) == names
    await bench.refreshed(groups)
    assert await bench.ids(TOP) == []


async def test_the_language_is_asked_for_where_a_rule_needs_it(bench: Bench) -> None:
    await bench.buy("a", "b")
    person = Person(customer="a", locale="fr-CA")
    await bench.people.keep([PersonRecord("a", 1, person)])
    await bench.refreshed(make_groups({"french": "locale.startsWith('fr')"}, {}))
    assert await bench.ids(Group("segment", "french")) == ["a"]


async def test_of_two_replicas_one_refreshes_at_a_time_and_once_a_round(bench: Bench) -> None:
    await bench.buy("a")
    first, second = bench.refresh(GROUPS, "a"), bench.refresh(GROUPS, "b")
    assert await first()
    assert not await second()
    while await first():
        pass
    assert not await second(), "it is too early for another"
    assert len(bench.observed) == 1
    bench.clock.advance(timedelta(seconds=SECONDS))
    while await second():
        pass
    assert len(bench.observed) == 2


async def test_what_a_crash_cut_off_another_begins_anew(bench: Bench) -> None:
    await bench.buy("a")
    first, second = bench.refresh(GROUPS, "a"), bench.refresh(GROUPS, "b")
    assert await first()
    bench.clock.advance(LEASE)
    while await second():
        pass
    assert await bench.ids(BUYERS) == ["a"]
    assert not await first(), "it has lost its turn"


async def test_a_switch_of_books_begins_anew(bench: Bench) -> None:
    await bench.buy("a", amount="1000")
    level = make_groups({"rich": "total > 1"}, {})
    shelf = Shelf([Live(1, make_formula()), Live(2, replace(make_formula(), decays={}))])
    refresh = replace(bench.refresh(level), books=shelf)
    assert await refresh()
    assert await refresh()
    assert bench.observed == []
    while await refresh():
        pass
    assert await bench.ids(RICH) == [], "by the formula of the other book"


async def test_a_hand_goes_before_the_rule(bench: Bench) -> None:
    await bench.buy("a", "b", "b")
    keep = bench.keep(GROUPS)
    await keep.decide("club", "a", member=True)
    assert await bench.ids(CLUB) == ["a"]
    await bench.refreshed(GROUPS)
    assert await bench.ids(CLUB) == ["a", "b"]
    await keep.decide("club", "b", member=False)
    assert await bench.ids(CLUB) == ["a"]
    await bench.refreshed(GROUPS)
    assert await bench.ids(CLUB) == ["a"], "a rule does not put back"
    await keep.decide("club", "b", member=True)
    await bench.refreshed(GROUPS)
    assert [(one.customer, one.by) for one in await bench.memberships.members(CLUB, "", 9)] == [
        ("a", "hand"),
        ("b", "hand"),
    ]


async def test_what_is_no_id_of_a_customer_changes_nobody(bench: Bench) -> None:
    keep = bench.keep(GROUPS)
    await keep.decide("club", "a", member=True)
    for id in ("a\0b", "a\nb"):
        with pytest.raises(Invalid):
            await keep.decide("club", id, member=False)
    assert await bench.ids(CLUB) == ["a"]


async def test_a_circle_by_rule_only_takes_no_hand(bench: Bench) -> None:
    circles = {"club": replace(GROUPS.circles["club"], by_hand=False)}
    keep = KeepCircles(bench.memberships, bench.scores, circles, bench.clock)
    for member in (True, False):
        with pytest.raises(Conflict):
            await keep.decide("club", "a", member=member)
    assert await bench.memberships.counts() == {}


async def test_decisions_follow_merges_and_come_back(bench: Bench) -> None:
    await bench.buy("a", "b")
    keep = bench.keep(GROUPS)
    await keep.decide("team", "a", member=True)
    await keep.decide("club", "a", member=False)
    await bench.refreshed(GROUPS)
    await bench.customers.keep([CustomerRecord("a", 1, "b")])
    await keep.follow(["a"])
    assert await bench.ids(TEAM) == ["b"]
    await bench.refreshed(GROUPS)
    assert await bench.ids(BUYERS) == ["b"]
    assert await bench.ids(CLUB) == [], "b has both orders, but a was taken out by hand"
    await bench.customers.keep([CustomerRecord("a", 2)])
    await keep.follow(["a"])
    assert await bench.ids(TEAM) == ["a"]


async def test_a_refresh_follows_merges_by_itself(bench: Bench) -> None:
    keep = bench.keep(GROUPS)
    await keep.decide("team", "a", member=True)
    await bench.customers.keep([CustomerRecord("a", 1, "b"), CustomerRecord("b", 1, "c")])
    await bench.refreshed(GROUPS)
    assert await bench.ids(TEAM) == ["c"]
    await keep.decide("team", "a", member=False)
    assert await bench.ids(TEAM) == []


async def test_who_is_erased_is_in_nothing(bench: Bench) -> None:
    await bench.buy("a")
    keep = bench.keep(GROUPS)
    await keep.decide("team", "a", member=True)
    await bench.refreshed(GROUPS)
    await bench.customers.erase("a", "1")
    await keep.forget("a")
    assert await bench.memberships.counts() == {}
    await bench.refreshed(GROUPS)
    assert await bench.memberships.counts() == {}
