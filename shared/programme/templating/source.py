"""The form of a template's file, and the compiled template."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

from jinja2 import Template
from markupsafe import Markup, escape

from shared.programme.templating.clean import one_line, printable
from shared.programme.templating.context import LAYOUT_VARIABLES, TEXT_VARIABLES, Context
from shared.programme.templating.errors import TemplateFailed
from shared.programme.templating.filters import Passage
from shared.programme.templating.sandbox import compile_source, run

_LONGEST_SHOWN = 60

SUBJECT = "Subject:"
ALSO = "Also:"
LAYOUT = "layout"
"""The name of the template that goes around all others; it has no subject."""


@dataclass(frozen=True, slots=True)
class Parts:
    """What a file says. `also` is None where it has no such line; `body` keeps the file's line
    numbers by empty lines before it."""

    subject: str
    also: str | None
    body: str


def split(source: str) -> Parts:
    """Raises TemplateFailed."""
    lines = source.split("\n")
    subject = _header(lines, 0, SUBJECT)
    if subject is None:
        raise TemplateFailed(f"must begin with '{SUBJECT} …'", 1)
    also = _header(lines, 1, ALSO)
    head = 1 if also is None else 2
    if len(lines) <= head or lines[head].strip():
        after = "the subject" if also is None else f"'{ALSO} …'"
        raise TemplateFailed(f"must have an empty line after {after}", head + 1)
    if not "".join(lines[head:]).strip():
        raise TemplateFailed("has no text after the subject", len(lines))
    return Parts(subject, also, "\n" * head + "\n".join(lines[head:]))


def _header(lines: list[str], index: int, name: str) -> str | None:
    if len(lines) <= index or not lines[index].startswith(name):
        return None
    text = lines[index].removeprefix(name).strip()
    if not text:
        what = "subject" if name == SUBJECT else f"text after '{ALSO}'"
        raise TemplateFailed(f"has no {what}", index + 1)
    return text


class MessageTemplate:
    """The text of one message. Its parts are rendered apart, so no value can move from one to
    another; each is compiled when it is first used."""

    def __init__(self, source: str, language: str) -> None:
        """Raises TemplateFailed where the form of the file is wrong."""
        self._parts, self._language = split(source), language

    def subject(self, context: Context) -> str:
        """One line. Raises TemplateFailed."""
        text = one_line(run(self._subject, _values(context)))
        if not text:
            raise TemplateFailed("has an empty subject for some values", 1)
        return text

    def also(self, context: Context) -> str | None:
        """One line, None if it has none to offer. Raises TemplateFailed."""
        if self._also is None:
            return None
        return one_line(run(self._also, _values(context))) or None

    def body(self, context: Context) -> str:
        """Plain text as the template has it. Raises TemplateFailed."""
        return _trimmed(run(self._plain, _values(context)))

    def html(self, context: Context) -> Markup:
        """The same with all but links to our own URLs escaped. Raises TemplateFailed."""
        values = _values(context) | {"survey_url": link(context.survey_url)}
        return Markup(_trimmed(run(self._html, values)))

    @cached_property
    def _subject(self) -> Template:
        return compile_source(self._parts.subject, self._language, html=False)

    @cached_property
    def _also(self) -> Template | None:
        if self._parts.also is None:
            return None
        return compile_source("\n" + self._parts.also, self._language, html=False)

    @cached_property
    def _plain(self) -> Template:
        return compile_source(self._parts.body, self._language, html=False)

    @cached_property
    def _html(self) -> Template:
        return compile_source(self._parts.body, self._language, html=True)


class LayoutTemplate:
    """What goes around every message in a language: greeting, what else it answers, sign-off."""

    def __init__(self, source: str, language: str) -> None:
        self._source, self._language = source, language

    def around(self, body: str, context: Context) -> str:
        """Plain text. Raises TemplateFailed."""
        values = _layout_values(context) | {"body": Passage(body)}
        return _trimmed(run(self._plain, values))

    def around_html(self, body: Markup, context: Context) -> Markup:
        """With all but links to our own URLs escaped. Raises TemplateFailed."""
        values = _layout_values(context)
        values |= {"body": Passage(body), "preferences_url": link(context.preferences_url)}
        return Markup(_trimmed(run(self._html, values)))

    @cached_property
    def _plain(self) -> Template:
        return compile_source(self._source, self._language, html=False)

    @cached_property
    def _html(self) -> Template:
        return compile_source(self._source, self._language, html=True)


def link(url: str | None) -> Markup | None:
    """An address of ours, to be followed by a click."""
    if url is None:
        return None
    address = one_line(url)
    if not address.startswith(("https://", "http://")):
        return escape(address)
    return Markup('<a href="{}">{}</a>').format(address, _shown(address))


def _shown(address: str) -> str:
    """An address as people read it: where it leads, without what only a machine can tell apart."""
    parts = urlsplit(address)
    if len(address) <= _LONGEST_SHOWN or not parts.netloc:
        return address
    room = parts.path.removeprefix("/").partition("/")[0]
    return f"{parts.scheme}://{parts.netloc}/{room}/…"


def _values(context: Context) -> dict[str, Any]:
    return {variable: getattr(context, variable) for variable in TEXT_VARIABLES}


def _layout_values(context: Context) -> dict[str, Any]:
    return {
        variable: getattr(context, variable) for variable in LAYOUT_VARIABLES if variable != "body"
    }


def _trimmed(text: str) -> str:
    return printable(text).strip("\n")
