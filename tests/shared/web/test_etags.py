"""What a caller says that it has."""

import pytest

from shared.web.etags import is_known, weak


def test_a_weak_tag() -> None:
    assert weak("a1") == 'W/"a1"'


@pytest.mark.parametrize(
    ("header", "known"),
    [
        (None, False),
        ("", False),
        ("*", True),
        ('"a1"', True),
        ('W/"a1"', True),
        ('"b", W/"a1" ,"c"', True),
        ('"a12"', False),
        ("a1", False),
        ('"b,a1"', False),
        ('"' * 5000, False),
    ],
)
def test_tags_are_compared_without_their_weakness(header: str | None, known: bool) -> None:
    assert is_known("a1", header) is known
