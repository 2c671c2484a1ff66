"""The page behind a mailed link: plain, escaped, whole in every language."""

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.events.pages.rendering import Notice, Pages
from shared.config import DEFAULT_PROGRAMME
from shared.pages.templates import Reader
from shared.programme.loader import load
from tests.shared.pages.outline import check_page

PAGES = Pages(load(DEFAULT_PROGRAMME).settings)
LANGUAGES = ("en", "es", "fr", "pl", "pt", "ro")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", get_args(Notice))
def test_every_notice_in_every_language(kind: Notice, language: str) -> None:
    outline = check_page(PAGES.notice(kind, Reader(language, "")))
    assert outline.all("html") == [{"lang": language}]
    assert outline.all("form") == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_question_has_one_button_and_says_which_account(language: str) -> None:
    html = PAGES.confirm("discourse:forum:anna", Reader(language, ""))
    outline = check_page(html)
    assert outline.all("html") == [{"lang": language}]
    assert outline.all("form") == [{"method": "post"}]
    assert len(outline.all("button")) == 1
    assert outline.all("input") == outline.all("a") == []
    assert "<strong>anna</strong> (forum, discourse)" in html


def test_names_of_two_parts_and_of_many() -> None:
    assert "<strong>7</strong> (anonymous)" in PAGES.confirm("anonymous:7", Reader("en", ""))
    assert "<strong>a:b</strong> (s, x)" in PAGES.confirm("x:s:a:b", Reader("en", ""))


@given(st.text(st.characters(exclude_characters="\r\x00", exclude_categories=["Cs"])))
def test_a_hostile_name_stays_text(text: str) -> None:
    alias = f"discourse:forum:</strong><script>{text}</script>"
    assert check_page(PAGES.confirm(alias, Reader("en", ""))).all("script") == []
