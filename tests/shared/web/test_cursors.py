"""Cursors say where a page ended, and nothing else passes for one."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import Invalid
from shared.web.cursors import LAST, Place, decode, encode, next_cursor, place_of

IDS = st.text("0123456789abcdef", min_size=32, max_size=32)
PLACES = st.builds(Place, st.integers(0, LAST), IDS)
HEX = "a" * 32


@given(PLACES)
def test_a_place_comes_back_as_it_was(place: Place) -> None:
    assert decode(encode(place)) == place


@given(st.text(max_size=60) | st.from_regex(r"[0-9]{1,40}-[0-9a-f]{32}\n?", fullmatch=True))
def test_what_is_no_cursor_is_refused_and_nothing_else_happens(text: str) -> None:
    try:
        place = decode(text)
    except Invalid:
        return
    assert place is not None
    assert place.moment.tzinfo is UTC
    assert 0 <= place.time <= LAST


@pytest.mark.parametrize(
    "cursor",
    ["", "x", "-1", f"-1-{HEX}", f"{LAST + 1}-{HEX}", f"1e3-{HEX}", f"1_0-{HEX}", f"١-{HEX}"],
)
def test_made_up_cursors(cursor: str) -> None:
    with pytest.raises(Invalid):
        decode(cursor)


def test_no_cursor_is_the_beginning() -> None:
    assert decode(None) is None


def test_a_page_has_a_next_one_only_where_more_was_found() -> None:
    moment = datetime(2026, 1, 5, 10, tzinfo=UTC)
    ids = [f"{n:032x}" for n in range(3)]
    assert next_cursor(ids, 3, lambda one: place_of(moment, one)) is None
    assert next_cursor(ids, 2, lambda one: place_of(moment, one)) == f"1767607200000-{ids[1]}"
