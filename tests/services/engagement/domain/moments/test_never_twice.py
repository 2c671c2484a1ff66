"""The same moments, none of them twice, however acts are batched, repeated and looked at."""

from random import Random
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.engagement.domain.ledger import Entry
from tests.services.engagement.domain.moments.world import EVERYTHING, World, entry

KINDS = st.sampled_from(["purchase", "help", "complaint", "answer"])
ACTS = st.lists(
    st.tuples(KINDS, st.integers(0, 500), st.floats(0, 40), st.sampled_from([None, 0.1, 1.0])),
    min_size=1,
    max_size=12,
)
ZONES = st.sampled_from(["Europe/Berlin", "America/New_York", "Pacific/Kiritimati"])


def _entries(acts: list[tuple[str, int, float, float | None]]) -> list[Entry]:
    return [
        entry(kind, on=on, points=points, rating=rating, id=f"{number}")
        for number, (kind, on, points, rating) in enumerate(acts)
    ]


@settings(deadline=None)
@given(ACTS, ZONES, st.randoms(use_true_random=False))
def test_any_batches_any_repetition_any_looks(
    acts: list[tuple[str, int, float, float | None]], zone: str, random: Random
) -> None:
    world = World(EVERYTHING, zone=ZoneInfo(zone))
    told = _entries(acts)
    told += random.choices(told, k=3)
    random.shuffle(told)
    now, announced = 0.0, []
    while told:
        size = random.randint(1, 4)
        now += random.random() * 100
        announced += world.tell(now, *told[:size])
        told = told[size:]
        for _ in range(random.randint(0, 3)):
            announced += world.look(now)
    for _ in range(20):
        now += random.random() * 200
        announced += world.look(now) + world.look_anyway(now)
    assert len({moment.id for moment in announced}) == len(announced)
    assert world.told == [moment.id for moment in announced]
    said = [(m.kind, m.name, m.number) for m in world.moments.values()]
    once = [one for one in said if one[0] in ("first", "nth", "anniversary")]
    assert len(set(once)) == len(once)
    assert {name for kind, name, _ in said if kind == "first"} <= {
        "contact",
        "purchase",
        "complaint",
    }


@settings(deadline=None)
@given(ACTS, st.randoms(use_true_random=False))
def test_firsts_and_nths_do_not_depend_on_the_batches(
    acts: list[tuple[str, int, float, float | None]], random: Random
) -> None:
    whole, split = World(EVERYTHING), World(EVERYTHING)
    told = _entries(acts)
    whole.tell(500, *told)
    random.shuffle(told)
    while told:
        size = random.randint(1, 4)
        split.tell(500, *told[:size])
        told = told[size:]

    def ids(world: World) -> set[str]:
        return {one.id for one in world.moments.values() if one.kind in ("first", "nth")}

    assert ids(whole) == ids(split)


@settings(deadline=None, max_examples=30)
@given(ACTS, ZONES, st.integers(1, 50))
def test_looking_when_it_is_due_finds_what_looking_always_finds(
    acts: list[tuple[str, int, float, float | None]], zone: str, pace: int
) -> None:
    lazy, eager = World(EVERYTHING, zone=ZoneInfo(zone)), World(EVERYTHING, zone=ZoneInfo(zone))
    told = _entries(acts)
    for today in range(0, 1400):
        batch = [one for one in told if one.time == entry(on=today).time]
        for world in (lazy, eager):
            world.tell(today, *batch)
        lazy.look(today)
        if eager.profile is not None and today % pace == 0:
            eager.look_anyway(today)
        if eager.profile is not None and pace == 1:
            assert eager.moments == lazy.moments
    if lazy.profile is not None and pace == 1:
        assert eager.levels == lazy.levels
    assert {m.id for m in lazy.moments.values()} >= {
        m.id for m in eager.moments.values() if m.kind != "level_reached"
    }


def test_two_who_look_at_the_same_find_the_same() -> None:
    one, other = World(EVERYTHING), World(EVERYTHING)
    for world in (one, other):
        world.tell(0, *(entry(on=on, id=f"{on}") for on in range(5)))
        world.look(40)
        world.look(400)
    assert one.moments.keys() == other.moments.keys()
    assert one.names("silence")
    assert one.names("anniversary")
    assert pytest.approx(one.watch.due) == other.watch.due
