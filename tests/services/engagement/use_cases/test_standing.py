"""Where customers stand, from a refresh or a hand to the topic, whatever crashes."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from services.engagement.domain.customer import CustomerRecord
from services.engagement.domain.standing import Place, Standing
from services.engagement.use_cases import segmenting, standing
from services.engagement.use_cases.standing import AnnounceStandings
from shared.errors import Unavailable
from tests.services.engagement.builders import make_formula
from tests.services.engagement.use_cases.group_bench import Bench, make_groups, open_bench

GROUPS = make_groups(
    {"buyers": "orders > 0", "rich": "spent >= 100"}, {"club": "orders >= 2", "team": None}
)
NO_GROUPS = make_groups({}, {})
LOWEST = make_formula().levels[0].name


@dataclass
class Told:
    """A StandingAnnouncer that remembers, and may crash once it has published."""

    standings: list[Standing] = field(default_factory=list)
    crashing: bool = False

    async def stood(self, standings: Sequence[Standing]) -> None:
        self.standings += standings
        if self.crashing:
            raise Unavailable("away")

    @property
    def places(self) -> dict[str, Place]:
        """As one who listens knows them."""
        known: dict[str, Standing] = {}
        for one in self.standings:
            if one.customer not in known or one.time >= known[one.customer].time:
                known[one.customer] = one
        return {customer: one.place for customer, one in known.items()}


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    async with open_bench(tmp_path) as opened:
        opened.standing = True
        yield opened


@pytest.fixture
def told() -> Told:
    return Told()


async def announce(bench: Bench, told: Told) -> list[str]:
    """Until nothing is left; who was told of."""
    before = len(told.standings)
    work = AnnounceStandings(bench.standings, told)
    while await work():
        pass
    return sorted(one.customer for one in told.standings[before:])


async def test_a_refresh_tells_what_has_changed_and_nothing_else(bench: Bench, told: Told) -> None:
    await bench.buy("a", "b", "b")
    await bench.refreshed(GROUPS)
    assert bench.woken == 1
    assert await announce(bench, told) == ["a", "b"]
    assert told.places == {
        "a": Place(LOWEST, ("buyers",)),
        "b": Place(LOWEST, ("buyers",), ("club",)),
    }
    await bench.refreshed(GROUPS)
    assert (bench.woken, await announce(bench, told)) == (1, [])
    await bench.buy("a")
    await bench.refreshed(GROUPS)
    assert await announce(bench, told) == ["a"]
    assert told.places["a"] == Place(LOWEST, ("buyers",), ("club",))


async def test_levels_are_told_where_there_are_no_groups(bench: Bench, told: Told) -> None:
    await bench.buy("a", amount="1")
    await bench.buy("b", amount="100000")
    await bench.refreshed(NO_GROUPS)
    assert await announce(bench, told) == ["b"], "whoever is lowest and never left is no news"
    assert told.places["b"].level != LOWEST


async def test_nothing_is_kept_where_nobody_asks(bench: Bench) -> None:
    bench.standing = False
    await bench.buy("b", amount="100000")
    await bench.keep(GROUPS).decide("team", "b", member=True)
    await bench.refreshed(GROUPS)
    assert await bench.standings.unannounced(9) == []


async def test_what_a_group_that_left_the_programme_meant_is_over(bench: Bench, told: Told) -> None:
    await bench.buy("a")
    await bench.refreshed(GROUPS)
    await bench.refreshed(NO_GROUPS)
    await announce(bench, told)
    assert told.places == {"a": Place(LOWEST)}


async def test_a_hand_is_told_of_at_once(bench: Bench, told: Told) -> None:
    await bench.buy("a")
    keep = bench.keep(GROUPS)
    await keep.decide("team", "a", member=True)
    await keep.decide("team", "x", member=True)  # has no acts
    assert await announce(bench, told) == ["a", "x"]
    assert told.places == {"a": Place(LOWEST, (), ("team",)), "x": Place(LOWEST, (), ("team",))}
    await bench.refreshed(GROUPS)
    assert await announce(bench, told) == ["a"]
    await keep.decide("team", "a", member=False)
    await announce(bench, told)
    assert told.places["a"] == Place(LOWEST, ("buyers",))


async def test_later_news_has_a_later_time_though_clocks_stand_still(
    bench: Bench, told: Told
) -> None:
    keep = bench.keep(GROUPS)
    for member in (True, False, True):
        await keep.decide("team", "a", member=member)
        await announce(bench, told)
    times = [one.time for one in told.standings]
    assert times == sorted(set(times))
    assert told.places["a"].circles == ("team",)


async def test_a_crash_after_publishing_repeats_the_same(bench: Bench, told: Told) -> None:
    await bench.buy("a")
    await bench.refreshed(GROUPS)
    told.crashing = True
    with pytest.raises(Unavailable):
        await announce(bench, told)
    told.crashing = False
    assert await announce(bench, told) == ["a"]
    first, again = told.standings
    assert first.id == again.id


async def test_a_crash_before_it_was_kept_is_made_up_for_by_the_next_refresh(
    bench: Bench, told: Told
) -> None:
    bench.standing = False
    keep = bench.keep(GROUPS)
    await keep.decide("team", "a", member=True)
    bench.standing = True
    await bench.refreshed(GROUPS)
    await announce(bench, told)
    assert told.places == {"a": Place(LOWEST, (), ("team",))}


async def test_of_the_merged_only_the_survivor_is_told_until_they_part(
    bench: Bench, told: Told
) -> None:
    await bench.buy("a", "b", "b")
    await bench.refreshed(GROUPS)
    await announce(bench, told)
    await bench.customers.keep([CustomerRecord("a", 1, "b")])
    await bench.keep(GROUPS).follow(["a"])
    await bench.buy("b", amount="100")
    await bench.refreshed(GROUPS)
    assert await announce(bench, told) == ["b"]
    await bench.customers.keep([CustomerRecord("a", 2)])
    await bench.refreshed(make_groups({"rich": "spent >= 100"}, {}))
    await announce(bench, told)
    assert told.places == {"a": Place(LOWEST), "b": Place(LOWEST, ("rich",))}


async def test_a_decision_for_one_who_was_merged_is_the_survivor_s(
    bench: Bench, told: Told
) -> None:
    await bench.customers.keep([CustomerRecord("a", 1, "b")])
    await bench.keep(GROUPS).decide("team", "a", member=True)
    assert await announce(bench, told) == ["b"]


async def test_nothing_is_kept_of_the_erased(bench: Bench, told: Told) -> None:
    await bench.buy("a")
    await bench.refreshed(GROUPS)
    await bench.customers.erase("a", "1")
    await bench.refreshed(GROUPS)
    assert await announce(bench, told) == []
    assert await bench.standings.between("", None, 9) == []


@pytest.mark.parametrize("rows", [3, 5000])
async def test_many_windows_are_as_one(
    bench: Bench, told: Told, monkeypatch: pytest.MonkeyPatch, rows: int
) -> None:
    monkeypatch.setattr(segmenting, "_PROFILES", 2)
    monkeypatch.setattr(segmenting, "_ROWS", rows)
    monkeypatch.setattr(standing, "AT_ONCE", 4)
    names = [f"c-{number:02}" for number in range(15)]
    others = [f"z-{number}" for number in range(7)]
    await bench.buy(*names)
    for name in others:
        await bench.keep(GROUPS).decide("team", name, member=True)
    await bench.refreshed(GROUPS)
    assert await announce(bench, told) == [*names, *others]
    for name in others:
        await bench.memberships.forget([name])
    await bench.refreshed(GROUPS)
    assert await announce(bench, told) == others
    assert {told.places[name] for name in others} == {Place(LOWEST)}
