"""Messages are rendered in the right language, and no value can forge a header."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import Invalid
from shared.programme.templates import Context, TemplateFailed, TemplateSet

SOURCE = "Subject: Hello {{ name }}\n\nDear {{ name }},\n{{ act.words }}\n"


def template_set(source: str = SOURCE) -> TemplateSet:
    return TemplateSet({("en", "t"): source, ("pt", "t"): "Subject: Olá\n\nOlá {{ name }}"}, "en")


def context(name: str = "Ana", words: str = "Thanks") -> Context:
    return Context(shop="Shop", act={"words": words}, name=name)


def test_subject_body_and_language() -> None:
    message = template_set().render("t", "en-GB", context())
    assert (message.subject, message.body) == ("Hello Ana", "Dear Ana,\nThanks\n")
    assert message.language == "en"


def test_language_falls_back_by_region_and_then_to_the_default() -> None:
    assert template_set().render("t", "pt-BR", context()).language == "pt"
    assert template_set().render("t", "de", context()).language == "en"
    assert template_set().render("t", None, context()).language == "en"


def test_a_missing_template_is_a_lookup_error() -> None:
    with pytest.raises(LookupError):
        template_set().render("other", "en", context())
    with pytest.raises(LookupError):
        TemplateSet({("pt", "t"): "Subject: x\n\ny"}, "en").render("t", "de", context())


def test_a_name_cannot_add_a_header_or_move_text() -> None:
    forged = "Ana\r\nBcc: all@example.com\n\nText\u2028more\x00\x85end"
    message = template_set().render("t", "en", context(name=forged))
    assert message.subject == "Hello Ana Bcc: all@example.com Text more end"
    assert message.body.startswith("Dear Ana")


@given(st.text(), st.text())
def test_the_subject_is_one_line_whatever_the_values(name: str, words: str) -> None:
    message = template_set().render("t", "en", context(name=name, words=words))
    assert len(message.subject.splitlines()) == 1
    assert message.subject.isprintable() or not message.subject.isascii()
    assert not set(message.body) & {"\r", "\x00", "\x1b", "\x7f"}


def test_values_are_text_and_never_template_code() -> None:
    message = template_set().render("t", "en", context(words="{{ 7 * 7 }} <b>"))
    assert "{{ 7 * 7 }} <b>" in message.body


@pytest.mark.parametrize(
    "expression",
    [
        "act.__class__.__mro__",
        "act.update({'words': 1})",
        "''.__class__",
        "range(10000000) | list",
        "act.nothing",
        "unknown",
        "1 / 0",
    ],
)
def test_what_a_template_may_not_do_fails(expression: str) -> None:
    source = f"Subject: x\n\nfirst\n{{{{ {expression} }}}}\n"
    with pytest.raises(TemplateFailed) as failure:
        template_set(source).render("t", "en", context())
    assert failure.value.line == 4


def test_a_failure_tells_no_value() -> None:
    with pytest.raises(Invalid) as failure:
        template_set("Subject: x\n\n{{ name | int + act }}").render("t", "en", context("Secret"))
    assert "Secret" not in failure.value.reason


def test_a_subject_that_comes_out_empty_fails() -> None:
    with pytest.raises(TemplateFailed):
        template_set("Subject: {{ name }}\n\ntext").render("t", "en", context(name="\n"))


@pytest.mark.parametrize("source", ["", "Hello", "Subject: x", "Subject: x\ny", "Subject: x\n\n"])
def test_a_source_without_subject_or_body_is_refused(source: str) -> None:
    with pytest.raises(TemplateFailed):
        template_set(source)
