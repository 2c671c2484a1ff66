"""The first places and those around one, against sorting everything."""

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from services.engagement.domain.ranking import Around, Place, Ranked, Top, order

PLACES = st.lists(
    st.builds(Place, st.integers(0, 4), st.sampled_from("abc"), st.uuids().map(str)),
    min_size=1,
    unique_by=lambda place: place.customer,
)


def _all_ranked(places: Sequence[Place]) -> list[Ranked]:
    return [
        Ranked(1 + sum(other.units > one.units for other in places), one)
        for one in sorted(places, key=order)
    ]


def _in_batches(places: Sequence[Place], size: int) -> list[Sequence[Place]]:
    return [places[at : at + size] for at in range(0, len(places), size)]


@given(PLACES, st.integers(1, 5), st.integers(1, 4))
def test_the_first_places(places: Sequence[Place], most: int, size: int) -> None:
    top = Top(most)
    for batch in _in_batches(places, size):
        top.add(batch)
    assert list(top.ranked()) == _all_ranked(places)[:most]
    assert top.count == len(places)


@given(PLACES, st.integers(1, 3), st.integers(1, 4), st.data())
def test_the_places_around_one(
    places: Sequence[Place], most: int, size: int, data: st.DataObject
) -> None:
    place = data.draw(st.sampled_from(places))
    around = Around(place, most)
    for batch in _in_batches(places, size):
        around.add(batch)
    ranked = _all_ranked(places)
    at = [one.place for one in ranked].index(place)
    assert list(around.ranked()) == ranked[max(0, at - most) : at + most + 1]
    assert around.count == len(places)


def test_who_shows_the_same_score_shares_a_rank() -> None:
    top = Top(4)
    top.add([Place(units, "x", str(n)) for n, units in enumerate((7, 9, 7, 5))])
    assert [one.rank for one in top.ranked()] == [1, 2, 2, 4]
