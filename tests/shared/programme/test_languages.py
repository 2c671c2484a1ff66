"""The language for somebody is looked up as RFC 4647 says."""

import pytest

from shared.programme.languages import best_language, in_language


@pytest.mark.parametrize(
    ("locale", "expected"),
    [
        ("pt-BR", "pt-BR"),
        ("pt-br", "pt-BR"),
        ("pt_BR", "pt-BR"),
        ("pt-PT", "pt"),
        ("pt", "pt"),
        ("zh-Hant-TW", "zh-Hant"),
        ("zh-Hans-CN", "en"),
        ("pt-x-shop", "pt"),
        ("de", "en"),
        ("", "en"),
        (None, "en"),
    ],
)
def test_lookup(locale: str | None, expected: str) -> None:
    assert best_language(["pt", "pt-BR", "zh-Hant", "en"], locale, "en-GB") == expected


def test_nothing_at_all() -> None:
    assert best_language(["pt"], "de", "en") is None
    with pytest.raises(LookupError):
        in_language({"pt": "Olá"}, "de", "en")


def test_text_in_language() -> None:
    assert in_language({"pt": "Olá", "en": "Hello"}, "pt-BR", "en") == "Olá"
