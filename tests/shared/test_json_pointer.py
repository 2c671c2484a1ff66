"""JSON Pointers: the examples of RFC 6901, and what leads nowhere."""

from typing import Any

import pytest

from shared.json_pointer import value_at

DOCUMENT: dict[str, Any] = {"foo": ["bar", "baz"], "": 0, "a/b": 1, "c%d": 2, "m~n": 8, " ": 7}


@pytest.mark.parametrize(
    ("pointer", "value"),
    [
        ("", DOCUMENT),
        ("/foo", ["bar", "baz"]),
        ("/foo/0", "bar"),
        ("/", 0),
        ("/a~1b", 1),
        ("/c%d", 2),
        ("/m~0n", 8),
        ("/ ", 7),
    ],
)
def test_the_examples_of_section_5(pointer: str, value: Any) -> None:
    assert value_at(DOCUMENT, pointer) == value


@pytest.mark.parametrize("step", ["2", "-", "-1", "01", "", "٠", "1e0", "9" * 30, "bar", "0/x"])
def test_what_leads_nowhere(step: str) -> None:
    assert value_at(DOCUMENT, f"/foo/{step}") is None


def test_a_document_may_be_no_object() -> None:
    assert value_at(["a"], "/0") == "a"
    for document in (None, 1, "text", True):
        assert value_at(document, "/0") is None
