"""Plurals, lists and days as each language has them."""

import pytest

from shared.programme.templating.context import Context
from shared.programme.templating.locales import cldr, is_right_to_left, plural_categories
from shared.programme.templating.source import MessageTemplate

PLURALS = {
    "en": "plural(one='one', other='other')",
    "pl": "plural(one='one', few='few', many='many')",
    "ro": "plural(one='one', few='few', other='other')",
    "ar": "plural(zero='zero', one='one', two='two', few='few', many='many', other='other')",
}


def say(expression: str, language: str, act: dict[str, object]) -> str:
    source = f"Subject: x\n\n{{{{ {expression} }}}}\n"
    return MessageTemplate(source, language).body(Context(shop="Shop", act=act))


@pytest.mark.parametrize(
    ("language", "number", "form"),
    [
        ("en", 1, "one"),
        ("en", 2, "other"),
        ("en-GB", 1, "one"),
        ("pl", 1, "one"),
        ("pl", 3, "few"),
        ("pl", 5, "many"),
        ("pl", 22, "few"),
        ("pl", 12, "many"),
        ("ro", 1, "one"),
        ("ro", 19, "few"),
        ("ro", 20, "other"),
        ("ar", 2, "two"),
    ],
)
def test_plurals(language: str, number: int, form: str) -> None:
    expression = f"act.number | {PLURALS[language.split('-')[0]]}"
    assert say(expression, language, {"number": number}) == form


def test_a_form_for_millions_may_be_left_out() -> None:
    assert say("act.number | plural(one='a', other='b')", "fr", {"number": 1_000_000}) == "b"
    assert plural_categories("fr") == {"one", "other"}
    assert plural_categories("pl") == {"one", "few", "many"}


@pytest.mark.parametrize(
    ("language", "expected"),
    [("en", "a, b, and c"), ("es", "a, b y c"), ("pl", "a, b i c"), ("ro", "a, b și c")],
)
def test_lists(language: str, expected: str) -> None:
    assert say("act.things | enumerate", language, {"things": ["a", "b", "c"]}) == expected


@pytest.mark.parametrize(
    ("language", "expected"),
    [("en", "March 1, 2025"), ("fr", "1 mars 2025"), ("pl", "1 marca 2025")],
)
def test_days(language: str, expected: str) -> None:
    for time in ("2025-03-01", "2025-03-01T23:30:00-05:00", "2025-03-01T10:00:00Z"):
        assert say("act.time | day", language, {"time": time}) == expected


def test_tags_that_nobody_knows() -> None:
    assert cldr("pt-XX").language == "pt"
    assert cldr("zz").language == "root"
    assert say("act.number | plural(other='x')", "zz", {"number": 1}) == "x"
    assert is_right_to_left("ar-EG")
    assert is_right_to_left("he")
    assert not is_right_to_left("ro")
