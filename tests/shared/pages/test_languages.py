"""The customer's own language, else the browser's, else the shop's."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.pages.languages import choose, preferred


@pytest.mark.parametrize(
    ("locale", "accepted", "chosen"),
    [
        ("fr-CA", "es", "fr"),
        ("de", "es;q=0.5, fr;q=0.9", "fr"),
        (None, "de, es-MX;q=0.8", "es"),
        (None, "", "en"),
        (None, "*", "en"),
        (None, "fr;q=0, de", "en"),
        ("de", "ja", "en"),
        ("pt_BR", "", "pt-BR"),
    ],
)
def test_examples(locale: str | None, accepted: str, chosen: str) -> None:
    assert choose(["en", "es", "fr", "pt-BR"], locale, accepted, "en") == chosen


def test_preferences_by_weight_then_by_place() -> None:
    assert preferred("a;q=0.1, b, c;q=1.0, d;q=0.5, e;q=nonsense, f;q=0") == ["b", "c", "d", "a"]


@given(st.text(), st.none() | st.text())
def test_whatever_a_browser_sends_a_language_is_found(accepted: str, locale: str | None) -> None:
    assert choose(["en", "fr"], locale, accepted, "en") in ("en", "fr")
    assert choose(["fr"], locale, accepted, "en") == "fr"
