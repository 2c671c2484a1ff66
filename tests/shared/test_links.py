"""Links that nobody can make up."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.contracts.engagement import ActRef
from shared.links import (
    ALIAS_LINK_LIFE,
    AliasLink,
    LinkExpired,
    LinkInvalid,
    PreferencesLink,
    SurveyLink,
    alias_url,
    preferences_url,
    read_alias_link,
    read_preferences_link,
    read_survey_link,
    sign_alias_link,
    sign_preferences_link,
    sign_survey_link,
    survey_url,
    without_tokens,
)

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SECRET = "a secret for tests"
ACT = ActRef(source="/shop", id="1001", type="io.requite.act.purchase.v1", time="2026-03-01")
LINK = SurveyLink("c-1", "order", NOW + timedelta(days=60), "m-1", ACT)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
ACTS = st.builds(ActRef, source=TEXTS, id=TEXTS, type=TEXTS, time=TEXTS)


@given(TEXTS, TEXTS, st.none() | TEXTS, st.none() | ACTS)
def test_a_token_says_what_was_signed(
    customer: str, survey: str, message_id: str | None, act: ActRef | None
) -> None:
    link = SurveyLink(customer, survey, NOW + timedelta(seconds=1), message_id, act)
    token = sign_survey_link(SECRET, link)
    assert token.replace(".", "").replace("_", "").replace("-", "").isalnum()
    assert token.isascii()
    assert read_survey_link(SECRET, token, NOW) == link


def test_it_expires_to_the_second() -> None:
    token = sign_survey_link(SECRET, LINK)
    assert read_survey_link(SECRET, token, LINK.expires - timedelta(microseconds=1)) == LINK
    with pytest.raises(LinkExpired):
        read_survey_link(SECRET, token, LINK.expires)


@given(st.data())
def test_a_changed_token_is_refused(data: st.DataObject) -> None:
    token = sign_survey_link(SECRET, LINK)
    place = data.draw(st.integers(0, len(token) - 2))  # the last sign of base64 has spare bits
    sign = data.draw(st.characters().filter(lambda s: s != token[place]))
    with pytest.raises(LinkInvalid):
        read_survey_link(SECRET, token[:place] + sign + token[place + 1 :], NOW)


@pytest.mark.parametrize("token", ["", ".", "a.b", "é", "\ud800", "x" * 100_000])
def test_rubbish_is_refused(token: str) -> None:
    with pytest.raises(LinkInvalid):
        read_survey_link(SECRET, token, NOW)


def test_another_secret_makes_other_tokens() -> None:
    with pytest.raises(LinkInvalid):
        read_survey_link("another", sign_survey_link(SECRET, LINK), NOW)


@given(TEXTS, TEXTS)
def test_a_token_of_an_alias_says_what_was_signed(alias: str, customer: str) -> None:
    link = AliasLink(alias, customer, NOW + ALIAS_LINK_LIFE)
    token = sign_alias_link(SECRET, link)
    assert token.isascii()
    assert read_alias_link(SECRET, token, NOW) == link
    with pytest.raises(LinkExpired):
        read_alias_link(SECRET, token, link.expires)


def test_a_token_for_one_kind_of_page_is_none_for_another() -> None:
    alias_token = sign_alias_link(SECRET, AliasLink("forum:anna", "c-1", NOW + ALIAS_LINK_LIFE))
    with pytest.raises(LinkInvalid):
        read_survey_link(SECRET, alias_token, NOW)
    with pytest.raises(LinkInvalid):
        read_alias_link(SECRET, sign_survey_link(SECRET, LINK), NOW)


def test_the_address_of_the_page() -> None:
    assert alias_url("https://shop.example/", "t.o") == "https://shop.example/l/t.o"
    assert survey_url("https://shop.example/", "t.o") == "https://shop.example/s/t.o"


@given(TEXTS, st.none() | TEXTS)
def test_a_link_to_preferences_says_what_was_signed(customer: str, message_id: str | None) -> None:
    link = PreferencesLink(customer, message_id)
    token = sign_preferences_link(SECRET, link)
    assert token.replace(".", "").replace("_", "").replace("-", "").isalnum()
    assert read_preferences_link(SECRET, token) == link


def test_no_link_opens_what_another_kind_is_for() -> None:
    preferences = sign_preferences_link(SECRET, PreferencesLink("c-1", "m-1"))
    alias = sign_alias_link(SECRET, AliasLink("mailto:x", "c-1", NOW + timedelta(days=1)))
    for token in (sign_survey_link(SECRET, LINK), alias, preferences[:-4], "", "é", "x" * 100_000):
        with pytest.raises(LinkInvalid):
            read_preferences_link(SECRET, token)
    with pytest.raises(LinkInvalid):
        read_preferences_link("another secret", preferences)
    with pytest.raises(LinkInvalid):
        read_survey_link(SECRET, preferences, NOW)


def test_preferences_are_said_below_u() -> None:
    assert preferences_url("https://shop.example/", "t.s") == "https://shop.example/u/t.s"


def test_who_reads_a_text_cannot_follow_its_links() -> None:
    token = sign_preferences_link(SECRET, PreferencesLink("c-1"))
    text = f"Choose: {preferences_url('https://shop.example/thanks', token)}\nHelp: /u/manual"
    shown = "Choose: https://shop.example/thanks/u/…\nHelp: /u/manual"
    assert without_tokens(text) == shown
