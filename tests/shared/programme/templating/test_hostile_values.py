"""No value adds a header, a tag, a link or an expression, in the text or in the HTML."""

import unicodedata
from html.parser import HTMLParser

from hypothesis import given

from tests.shared.programme.templating.hostile import (
    PREFERENCES,
    SURVEY,
    context,
    template_set,
    values,
)

TEMPLATES = template_set()


class Reader(HTMLParser):
    """Tags, links and text of a document."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str | None] = []
        self.said = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [value for name, value in attrs if name in {"href", "src"}]

    def handle_data(self, data: str) -> None:
        self.said += data


def read(document: str) -> Reader:
    reader = Reader()
    reader.feed(document)
    reader.close()
    return reader


@given(values, values, values, values)
def test_the_subject_is_one_line(name: str, topic: str, words: str, friend: str) -> None:
    rendered = TEMPLATES.render(["t"], "en", context(name, topic, words, friend), "seed")
    assert len(rendered.subject.splitlines()) == 1
    assert rendered.subject.startswith("Thank you,")


@given(values, values, values, values)
def test_the_text_has_no_control_characters(name: str, topic: str, words: str, friend: str) -> None:
    body = TEMPLATES.render(["t"], "en", context(name, topic, words, friend), "seed").body
    assert {char for char in body if unicodedata.category(char) == "Cc"} <= {"\n"}
    assert not set(body) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
    assert body == body.strip("\n") + "\n"


@given(values, values, values, values)
def test_the_html_has_our_tags_and_our_links_only(
    name: str, topic: str, words: str, friend: str
) -> None:
    rendered = TEMPLATES.render(["t"], "en", context(name, topic, words, friend), "seed")
    reader = read(rendered.html)
    assert set(reader.tags) <= {
        *("html", "head", "meta", "title", "body", "div", "p", "blockquote", "br", "a")
    }
    assert reader.links == [SURVEY, PREFERENCES]


@given(values, values, values, values)
def test_only_the_quotation_is_one(name: str, topic: str, words: str, friend: str) -> None:
    harmless = TEMPLATES.render(["t"], "en", context("A", "B", words, "C"), "seed")
    hostile = TEMPLATES.render(["t"], "en", context(name, topic, words, friend), "seed")
    assert _quoted(hostile.body) == _quoted(harmless.body)
    assert read(hostile.html).tags.count("blockquote") <= 1


@given(values, values, values, values)
def test_text_and_html_say_the_same(name: str, topic: str, words: str, friend: str) -> None:
    rendered = TEMPLATES.render(["t"], "en", context(name, topic, words, friend), "seed")
    said = read(rendered.html.partition("<body")[2].partition(">")[2]).said
    assert said.split() == rendered.body.split()


@given(values, values)
def test_a_phrase_is_one_line(topic: str, words: str) -> None:
    phrase = TEMPLATES.also_phrase(["t"], "en", context("A", topic, words, "F"))
    assert phrase is not None
    assert len(phrase.splitlines()) == 1


def _quoted(body: str) -> list[str]:
    return [line for line in body.split("\n") if line.startswith("    ")]
