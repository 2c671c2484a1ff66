"""The preference page: plain, escaped, small, whole in every language."""

from datetime import date
from typing import get_args

import pytest

from services.notifier.domain.choices import Choices
from services.notifier.pages.rendering import PAUSES, Line, Notice, Pages
from shared.contracts.purposes import PURPOSES
from shared.pages.templates import Reader
from tests.services.notifier.wishes import SETTINGS
from tests.shared.pages.outline import check_page

PAGES = Pages(SETTINGS)
LANGUAGES = ("en", "es", "fr", "pl", "pt", "ro")
CHOICES = Choices(
    purposes=dict.fromkeys(PURPOSES, True),
    channels={"email": True, "sms": False, "sig<nal": True},
    frequency="weekly",
    paused_until=None,
    revision=7,
)
UNTIL = {
    "en": "April 2, 2026",
    "es": "2 de abril de 2026",
    "fr": "2 avril 2026",
    "pl": "2 kwietnia 2026",
    "pt": "2 de abril de 2026",
    "ro": "2 aprilie 2026",
}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("line", [None, *get_args(Line)])
def test_the_form_in_every_language(language: str, line: Line | None) -> None:
    html = PAGES.preferences(CHOICES, date(2026, 4, 2), Reader(language, ""), line)
    outline = check_page(html)
    assert outline.all("html") == [{"lang": language}]
    assert UNTIL[language] in html
    fields = [*outline.all("input"), *outline.all("select")]
    shown = [one["id"] for one in fields if one.get("type") != "hidden"]
    assert {*shown} == {one["for"] for one in outline.all("label")}
    assert len(outline.all("fieldset")) == len(outline.all("legend")) == 4
    assert outline.all("form") == [{"method": "post"}, {"class": "apart", "method": "post"}]
    roles = [one["role"] for one in outline.all("p") if "role" in one]
    assert roles == ([] if line is None else ["alert" if line == "stale" else "status"])
    assert "sig&lt;nal" in html
    assert "Tom &amp; Ann&#39;s &lt;shop&gt;" in html


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", get_args(Notice))
def test_every_notice_in_every_language(kind: Notice, language: str) -> None:
    outline = check_page(PAGES.notice(kind, Reader(language, "")))
    assert outline.all("html") == [{"lang": language}]
    assert outline.all("form") == []


def test_one_way_is_no_choice() -> None:
    one = Choices({"thanks": False}, {"email": True}, "usual", None, 0)
    outline = check_page(PAGES.preferences(one, None, Reader("en", "")))
    assert outline.all("select") == []
    pauses = [i["value"] for i in outline.all("input") if i["name"] == "pause"]
    assert pauses == ["keep", *PAUSES]


def test_the_wording_says_version_and_language() -> None:
    assert PAGES.wording(Reader("pt-BR", "")) == "preference-page-1/pt"
