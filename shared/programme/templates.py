"""Message templates: one sandbox, strict about undefined names, for checking and for sending."""

import traceback
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from jinja2 import StrictUndefined, Template, TemplateRuntimeError, TemplateSyntaxError, nodes
from jinja2.meta import find_undeclared_variables
from jinja2.sandbox import ImmutableSandboxedEnvironment

from shared.errors import Invalid
from shared.programme.languages import best_language
from shared.programme.problems import did_you_mean

SUBJECT = "Subject:"

_ENVIRONMENT = ImmutableSandboxedEnvironment(
    undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, autoescape=False
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """Everything a template may refer to. `act` is the act's payload as JSON has it."""

    shop: str
    act: Mapping[str, Any]
    name: str | None = None
    survey_url: str | None = None
    preferences_url: str | None = None


VARIABLES = tuple(field.name for field in fields(Context))


@dataclass(frozen=True, slots=True)
class Rendered:
    """A message as plain text. `subject` is one line; `language` the template's own."""

    subject: str
    body: str
    language: str


class TemplateFailed(Invalid):
    """A template that can't be compiled or rendered; `line` counts from 1."""

    def __init__(self, reason: str, line: int) -> None:
        super().__init__(reason)
        self.line = line


class MessageTemplate:
    """One compiled template: a subject line, an empty line, the body.

    Subject and body are rendered apart, so no value can move text from one to the other.
    """

    def __init__(self, source: str) -> None:
        """Raises TemplateFailed."""
        lines = source.split("\n")
        if not lines[0].startswith(SUBJECT):
            raise TemplateFailed(f"must begin with '{SUBJECT} …'", 1)
        if not lines[0].removeprefix(SUBJECT).strip():
            raise TemplateFailed("has no subject", 1)
        if len(lines) < 2 or lines[1].strip():
            raise TemplateFailed("must have an empty line after the subject", 2)
        if not "".join(lines[2:]).strip():
            raise TemplateFailed("has no text after the subject", len(lines))
        self._subject = _compile(lines[0].removeprefix(SUBJECT))
        self._body = _compile("\n".join(["", "", *lines[2:]]))  # keeps the file's line numbers

    def render(self, context: Context) -> tuple[str, str]:
        """Subject and body. Raises TemplateFailed."""
        values = {variable: getattr(context, variable) for variable in VARIABLES}
        subject = _one_line(_render(self._subject, values))
        if not subject:
            raise TemplateFailed("has an empty subject for some values", 1)
        return subject, _plain(_render(self._body, values))


class TemplateSet:
    """The templates of a programme, by name and language."""

    def __init__(self, sources: Mapping[tuple[str, str], str], default_language: str) -> None:
        """`sources` are keyed by (language, name). Raises TemplateFailed."""
        self._default = default_language
        self._by_name: dict[str, dict[str, MessageTemplate]] = {}
        for (language, name), source in sources.items():
            self._by_name.setdefault(name, {})[language] = MessageTemplate(source)

    def render(self, name: str, locale: str | None, context: Context) -> Rendered:
        """The message in the language that serves `locale` best, else the programme's default.

        Raises LookupError if there is no such template, TemplateFailed if it fails on `context`.
        """
        versions = self._by_name[name]
        language = best_language(versions, locale, self._default)
        if language is None:
            raise LookupError(f"template {name!r} is missing in {self._default!r}")
        subject, body = versions[language].render(context)
        return Rendered(subject, body, language)


def unknown_names(source: str) -> list[tuple[int, str]]:
    """Line and message for each name in a template that no message has. Raises TemplateFailed."""
    tree = _parse(source)
    unknown = find_undeclared_variables(tree) - {*VARIABLES, *_ENVIRONMENT.globals}
    return [
        (name.lineno, f"'{name.name}' is unknown.{did_you_mean(name.name, VARIABLES)}")
        for name in tree.find_all(nodes.Name)
        if name.name in unknown
    ]


def _parse(source: str) -> nodes.Template:
    try:
        return _ENVIRONMENT.parse(source)
    except TemplateSyntaxError as error:
        raise TemplateFailed(error.message or "is no Jinja template", error.lineno) from None


def _compile(source: str) -> Template:
    try:
        return _ENVIRONMENT.from_string(source)
    except TemplateSyntaxError as error:
        raise TemplateFailed(error.message or "is no Jinja template", error.lineno) from None


def _render(template: Template, values: dict[str, Any]) -> str:
    try:
        return template.render(values)
    except TemplateRuntimeError as error:
        raise TemplateFailed(error.message or "can't be rendered", _line(error)) from None
    except Exception as error:  # an expression of a template can raise anything
        reason = f"can't be rendered: {type(error).__name__}"  # its text may hold personal data
        raise TemplateFailed(reason, _line(error)) from None


def _line(error: Exception) -> int:
    frames = traceback.extract_tb(error.__traceback__)
    lines = [frame.lineno for frame in frames if frame.filename == "<template>"]
    return (lines and lines[-1]) or 1


def _one_line(text: str) -> str:
    return " ".join("".join(" " if _is_control(char) else char for char in text).split())


def _plain(text: str) -> str:
    kept = (char for char in text if char in "\n\t" or not _is_control(char))
    return "".join(kept).strip() + "\n"


def _is_control(char: str) -> bool:
    return unicodedata.category(char) in {"Cc", "Cs", "Zl", "Zp"}
