"""Expressions that could take for ever are refused; those that people write are not."""

import pytest

from services.events.mapping.expressions import MAX_MATCHED, expression
from shared.errors import Invalid


@pytest.mark.parametrize(
    "value",
    [
        "^C",
        "paid|done",
        "(?i)^re:",
        r"^\d+-\d+-\w+$",
        "(foo|bar)?x",
        "a{1000}",
        r"^(?:net )?(\w+) \d{4}$",
        "(?<=a)b(?!c)",
        "(a)?(?(1)b|c)",
    ],
)
def test_what_people_write(value: str) -> None:
    assert expression(value).pattern == value


@pytest.mark.parametrize(
    "value",
    ["(a+)+$", "(a*)*b", "(a|aa)+$", "(?:a?){30}", "(.*)(.*)(.*)(.*)x", "((a|b){2}c?)*", "a?" * 40],
)
def test_what_could_take_for_ever(value: str) -> None:
    with pytest.raises(Invalid, match="may try too much"):
        expression(value)


@pytest.mark.parametrize("value", ["(", "[z-a]", "(?P<x>", "*", "(" * 500])
def test_what_is_none(value: str) -> None:
    with pytest.raises(Invalid, match="no valid regular expression"):
        expression(value)


def test_the_slowest_that_passes_ends_soon() -> None:
    assert expression("a*a*a*b").search("a" * MAX_MATCHED) is None
