"""The pages: plain, escaped, small, whole in every language."""

import hashlib
import re
from base64 import b64encode
from dataclasses import replace
from decimal import Decimal
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.feedback.pages.rendering import Draft, Notice, Pages
from shared.pages.templates import Reader
from shared.programme.model import ProgrammeSettings
from tests.services.feedback.builders import make_survey
from tests.shared.pages.outline import check_page

SETTINGS = ProgrammeSettings(
    name="Gratitude",
    shop="Tom & Ann's <shop>",
    currency="EUR",
    exchange={"EUR": Decimal(1)},
    time_zone="UTC",
    locale="en",
    stale_after=None,
)
PAGES = Pages(SETTINGS)
LANGUAGES = ("en", "es", "fr", "pl", "pt", "ro")


def test_one_question_one_reason_one_button() -> None:
    html = PAGES.survey(make_survey(), "en", Draft())
    outline = check_page(html)
    radios = [one for one in outline.all("input") if one["type"] == "radio"]
    assert [one["value"] for one in radios] == [str(n) for n in range(11)]
    assert {one["name"] for one in radios} == {"value"}
    assert not any("checked" in one for one in radios)
    assert len(outline.all("legend")) == len(outline.all("fieldset")) == 1
    assert len(outline.all("label")) == 12
    assert len(outline.all("textarea")) == len(outline.all("button")) == 1
    assert outline.all("form") == [{"method": "post"}]
    assert "Would you recommend us?" in html
    assert "Tom &amp; Ann&#39;s &lt;shop&gt;" in html


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", get_args(Notice))
def test_every_notice_in_every_language(kind: Notice, language: str) -> None:
    html = PAGES.notice(kind, Reader(language, ""))
    outline = check_page(html)
    assert outline.all("html") == [{"lang": language}]
    assert outline.all("form") == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_form_with_faults_says_so_and_keeps_what_was_typed(language: str) -> None:
    draft = Draft(None, "x" * 4001, ["choose", "shorten"])
    html = PAGES.survey(make_survey(), language, draft)
    outline = check_page(html)
    alerts = [one for one in outline.all("p") if one.get("role") == "alert"]
    assert [one["id"] for one in alerts] == ["value-error", "comment-error"]
    assert outline.all("textarea")[0]["aria-invalid"] == "true"
    assert "4000" in html
    assert "x" * 4001 in html


def test_a_chosen_value_stays_chosen() -> None:
    outline = check_page(PAGES.survey(make_survey(), "en", Draft(0, "", ["shorten"])))
    assert [one["value"] for one in outline.all("input") if "checked" in one] == ["0"]


@given(st.text(st.characters(exclude_characters="\r\x00", exclude_categories=["Cs"])))
def test_hostile_text_stays_text(text: str) -> None:
    draft = Draft(3, f"</textarea><script>{text}</script>", ["shorten"])
    outline = check_page(PAGES.survey(make_survey(), "en", draft))
    assert outline.all("script") == []


def test_texts_of_the_programme_are_escaped_too() -> None:
    hostile = {"en": "<script>alert(1)</script>\"'"}
    survey = replace(make_survey(), question=hostile, why=hostile)
    html = PAGES.survey(survey, "en", Draft())
    check_page(html)
    assert "&lt;script&gt;alert(1)&lt;/script&gt;&#34;&#39;" in html


def test_the_policy_allows_the_one_style_and_nothing_else() -> None:
    html = PAGES.notice("thanks", Reader(None, ""))
    style = re.search(r"<style>(.*)</style>", html, re.DOTALL)
    assert style is not None
    digest = b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    assert PAGES.policy == (
        f"default-src 'none'; style-src 'sha256-{digest}'; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    )
    assert "unsafe" not in PAGES.policy


@pytest.mark.parametrize(
    ("locale", "accepted", "chosen"),
    [("fr-BE", "en", "fr"), ("pl", "fr", "fr"), (None, "fr", "fr"), (None, "pl", "en")],
)
def test_the_question_is_in_a_language_it_is_there_in(
    locale: str | None, accepted: str, chosen: str
) -> None:
    assert PAGES.language(make_survey(), Reader(locale, accepted)) == chosen


def test_a_question_in_a_language_that_the_pages_lack_says_which_it_is() -> None:
    survey = make_survey()
    german = replace(
        survey,
        question={**survey.question, "de": "Würden Sie uns empfehlen?"},
        why={**survey.why, "de": "Warum?"},
        scale=replace(
            survey.scale,
            low={**survey.scale.low, "de": "nein"},
            high={**survey.scale.high, "de": "ja"},
        ),
    )
    assert PAGES.language(german, Reader("de-AT", "")) == "de"
    outline = check_page(PAGES.survey(german, "de", Draft()))
    assert outline.all("html") == [{"lang": "en"}]
    assert outline.all("fieldset") == [{"lang": "de"}]


def test_text_and_paper_have_enough_contrast() -> None:
    style = re.search(r"<style>(.*)</style>", PAGES.notice("thanks", Reader(None, "")), re.DOTALL)
    assert style is not None
    schemes = re.findall(r":root \{([^}]*)\}", style[1])
    assert len(schemes) == 2
    for scheme in schemes:
        colours = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]+)", scheme))
        for ink in ("ink", "quiet", "alarm"):
            assert contrast(colours[ink], colours["paper"]) >= 7
        assert contrast(colours["on-accent"], colours["accent"]) >= 7
        for mark in ("line", "accent"):
            assert contrast(colours[mark], colours["paper"]) >= 3


def contrast(one: str, other: str) -> float:
    """WCAG 2.2, contrast ratio of two #rgb or #rrggbb colours."""
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: str) -> float:
    """WCAG 2.2, relative luminance."""
    digits = colour[1:] if len(colour) == 7 else "".join(c * 2 for c in colour[1:])
    channels = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
