"""The lint refuses what sells, in every language, however it is written, and lets thanks pass."""

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.config import DEFAULT_PROGRAMME
from shared.programme.folder import read_folder
from shared.programme.praise import Fault, faults, faults_of_source, praise_faults_of
from shared.programme.praise.folding import fold
from tests.shared.programme.praise.sentences import ALLOWED, REFUSED

REFUSED_CASES = [(language, text) for language, texts in REFUSED.items() for text in texts]
ALLOWED_CASES = [(language, text) for language, texts in ALLOWED.items() for text in texts]


@dataclass(frozen=True)
class Message:
    subject: str
    body: str
    language: str = "en"


@pytest.mark.parametrize(("language", "text"), REFUSED_CASES)
def test_what_sells_is_refused(language: str, text: str) -> None:
    assert faults(text, language)


@pytest.mark.parametrize(("language", "text"), REFUSED_CASES)
def test_no_way_of_writing_gets_around_it(language: str, text: str) -> None:
    for written in (text.upper(), text.replace(" ", "\u00a0"), text.replace(" ", "\n")):
        assert faults(written, language), written
    assert faults("\u00ad".join(text), language)
    assert faults("\u200b".join(text), language)


@pytest.mark.parametrize(("language", "text"), ALLOWED_CASES)
def test_gratitude_passes(language: str, text: str) -> None:
    assert faults(text, language) == []


@pytest.mark.parametrize(
    "text",
    [
        "ＢＵＹ this",
        "Вuу this",
        "bυy this",
        "b\u0301u\u0308y this",
        "𝐛𝐮𝐲 this",
        "ʙᴜʏ this",
        "🅱🆄🆈 this",
        "ⓑⓤⓨ this",
        "b\u2060u\ufe0fy this",
        "d\u0456scount",
        "dıscount",
        "shop\u2011now",
        "shop - now",
    ],
)
def test_look_alikes_do_not_pass(text: str) -> None:
    assert faults(text, "en")


def test_a_fault_has_its_place_and_reason() -> None:
    assert faults("Thank you.\n\nÉté: a di\u00adscount\nfor you", "en") == [
        Fault(3, 8, "di\u00adscount", "thanks offer no price and no discount")
    ]


def test_a_region_and_an_unknown_language() -> None:
    assert faults("Frete grátis", "pt-BR")
    assert faults("free shipping", "xx")
    assert faults("shop now, 5 €", "es")


def test_a_phrase_ends_with_its_sentence_and_paragraph() -> None:
    assert not faults("If you can, tell us. A review of the roof is due.", "en")
    assert not faults("the shop\n\nNow we are here", "en")


def test_all_of_a_template_is_read() -> None:
    source = "Subject: x\n\n{% if act.mood == 'odd' %}Shop now{% endif %}\n    {{ 'discount' }}\n"
    assert [(fault.line, fault.words) for fault in faults_of_source(source, "en")] == [
        (3, "Shop now"),
        (4, "discount"),
    ]
    assert not faults_of_source("Subject: x\n\n{# no discount #}{{ act.sale }}\n", "en")


def test_of_a_message_what_others_say_is_theirs() -> None:
    said = 'They said:\n\n    Buy it, it is 5 €\n\nand “what a discount”, «sale», "sale".\n'
    assert praise_faults_of(Message("Thanks", said)) == []
    assert praise_faults_of(Message("Thanks", f"{said}Buy it.\n"))[0].line == 8
    assert praise_faults_of(Message("A discount", "Thanks\n"))[0].line == 1


def test_every_shipped_template_is_praise() -> None:
    folder, _ = read_folder(DEFAULT_PROGRAMME)
    assert folder.templates
    for (language, _), template in folder.templates.items():
        assert faults_of_source(template.text, language) == [], template.file


@given(st.text())
def test_folding_knows_where_everything_comes_from(text: str) -> None:
    folded, origins = fold(text)
    assert origins is None or len(origins) == len(folded)
    assert origins is None or all(0 <= origin < len(text) for origin in origins)


@given(st.text(), st.sampled_from(sorted(REFUSED)))
def test_any_text_is_read(text: str, language: str) -> None:
    for fault in faults(text, language):
        assert fault.line >= 1
        assert fault.column >= 1


@given(st.text(alphabet="abc .,\n"), st.text(alphabet="abc .,\n"))
def test_what_stands_around_does_not_hide_it(before: str, after: str) -> None:
    assert faults(f"{before} shop now {after}", "en")
