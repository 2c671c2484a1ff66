"""Try templates on everything that they may meet, before a customer does."""

from collections.abc import Iterator
from dataclasses import dataclass

from shared.programme.folder import TemplateFile
from shared.programme.praise import Fault, faults, faults_of_source, own_words
from shared.programme.problems import Problem
from shared.programme.samples import Samples
from shared.programme.templating.context import LAYOUT_VARIABLES, TEXT_VARIABLES, Context
from shared.programme.templating.errors import TemplateFailed
from shared.programme.templating.inspection import inspect
from shared.programme.templating.source import LayoutTemplate, MessageTemplate, split

_SHOP = "The Corner Shop"
_NAME, _FRIEND, _SURVEY = "Ana", "Jo", "https://shop.example/s/1"
_CIRCUMSTANCES = (
    (_NAME, _FRIEND, _SURVEY),
    (_NAME, None, None),
    (None, _FRIEND, None),
    (None, None, _SURVEY),
)
"""Of any two, every combination of there and missing."""
_BODY = "Thank you."
_PREFERENCES = "https://shop.example/u/1"
_ALSO = ("one", "another", "a third")


@dataclass(frozen=True, slots=True)
class Use:
    """What a template is for: the occasions that it answers, and whether it may only praise."""

    occasions: Samples
    is_praise: bool = True
    goes_along: bool = False


def check_template(template: TemplateFile, language: str, use: Use) -> Iterator[Problem]:
    """What is wrong with `template`, tried on samples of what it answers."""
    try:
        parts = split(template.text)
        found = [
            *inspect(parts.subject, language, TEXT_VARIABLES),
            *inspect("\n" + (parts.also or ""), language, TEXT_VARIABLES),
            *inspect(parts.body, language, TEXT_VARIABLES),
        ]
        compiled = MessageTemplate(template.text, language)
    except TemplateFailed as error:
        yield _problem(template, error.line, error.reason)
        return
    yield from (_problem(template, line, message) for line, message in found)
    told = list(_blamed(template, language)) if use.is_praise else []
    yield from told
    if use.goes_along and parts.also is None:
        message = "has no 'Also: …' line, which it needs to go along in another message"
        yield _problem(template, 2, f"{message} (or say merge: never where it is used)")
    if not found:
        yield from _try_out(template, compiled, language, use, lint=use.is_praise and not told)


def check_layout(template: TemplateFile, language: str) -> Iterator[Problem]:
    """What is wrong with the layout of a language."""
    try:
        found = list(inspect(template.text, language, LAYOUT_VARIABLES))
        yield from (_problem(template, line, message) for line, message in found)
        if not found:
            yield from _blamed(template, language)
            yield from _try_layout(template, LayoutTemplate(template.text, language))
    except TemplateFailed as error:
        yield _problem(template, error.line, error.reason)


def _try_layout(template: TemplateFile, layout: LayoutTemplate) -> Iterator[Problem]:
    for name in ("Ana", None):
        bare = Context(shop=_SHOP, act={}, name=name)
        full = Context(shop=_SHOP, act={}, name=name, also=_ALSO, preferences_url=_PREFERENCES)
        layout.around(_BODY, bare)
        text = layout.around(_BODY, full)
        shown = {"body": _BODY, "preferences_url": _PREFERENCES, "also": _ALSO[-1]}
        for variable, words in shown.items():
            if words not in text:
                yield _problem(template, 1, f"does not show '{variable}'")


def _try_out(
    template: TemplateFile, compiled: MessageTemplate, language: str, use: Use, *, lint: bool
) -> Iterator[Problem]:
    linted: set[str] = set()
    for occasion, samples in use.occasions.items():
        for sample in samples:
            for name, friend, url in _CIRCUMSTANCES:
                context = Context(shop=_SHOP, act=sample, name=name, friend=friend, survey_url=url)
                try:
                    texts = _texts(compiled, context)
                except TemplateFailed as error:
                    message = f"on a sample of '{occasion}': {error.reason}"
                    yield _problem(template, error.line, message)
                    continue
                for text in texts - linted if lint else ():
                    linted.add(text)
                    yield from _blame_rendered(template, occasion, faults(text, language))


def _texts(compiled: MessageTemplate, context: Context) -> set[str]:
    subject, also = compiled.subject(context), compiled.also(context) or ""
    return {own_words(text) for text in (subject, also, compiled.body(context))}


def _blamed(template: TemplateFile, language: str) -> Iterator[Problem]:
    for fault in faults_of_source(template.text, language):
        message = f"“{fault.words}”: {fault.reason}"
        yield Problem(template.file, fault.line, fault.column, "", message)


def _blame_rendered(template: TemplateFile, occasion: str, found: list[Fault]) -> Iterator[Problem]:
    for fault in found:
        message = f"on a sample of '{occasion}': “{fault.words}”: {fault.reason}"
        yield _problem(template, 1, message)


def _problem(template: TemplateFile, line: int, message: str) -> Problem:
    return Problem(template.file, line, 1, "", message)
