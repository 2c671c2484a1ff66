"""Cursors that hold any place."""

from contextlib import suppress
from typing import Annotated

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import Invalid
from shared.web.opaque_cursors import decode, encode


class Place(msgspec.Struct, array_like=True, forbid_unknown_fields=True):
    time: Annotated[int, msgspec.Meta(ge=-(2**62), le=2**62)]
    key: str


@given(st.integers(-(2**62), 2**62), st.text())
def test_a_cursor_stands_for_its_place(time: int, key: str) -> None:
    cursor = encode((time, key))
    assert cursor.isascii()
    assert set(cursor) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
    assert decode(cursor, Place) == Place(time, key)


def test_no_cursor_is_no_place() -> None:
    assert decode(None, Place) is None


@given(st.one_of(st.text(max_size=30), st.binary(max_size=30).map(lambda b: b.decode("latin-1"))))
def test_anything_else_is_refused(cursor: str) -> None:
    with suppress(Invalid):
        assert isinstance(decode(cursor, Place), Place)


@pytest.mark.parametrize(
    "place", [[1], [1, 2], ["a", "b"], [2**63, "a"], [1.5, "a"], [1, "a", 2], {}, None, "x"]
)
def test_a_place_of_another_kind_is_refused(place: object) -> None:
    with pytest.raises(Invalid) as refused:
        decode(encode(place), Place)
    assert refused.value.pointer == "/cursor"
