"""Try a template on everything it may meet, before a customer does."""

from collections.abc import Iterator
from itertools import product

from shared.programme.folder import TemplateFile
from shared.programme.problems import Problem
from shared.programme.samples import Samples
from shared.programme.templates import Context, MessageTemplate, TemplateFailed, unknown_names

_NAMES = ("Ana", None)
_URLS = ("https://shop.example/s/1", None)


def check_template(template: TemplateFile, acts: Samples) -> Iterator[Problem]:
    """What is wrong with `template`, which thanks for `acts`, tried on samples of them."""
    try:
        unknown = unknown_names(template.text)
        compiled = MessageTemplate(template.text)
    except TemplateFailed as error:
        yield _problem(template, error.line, error.reason)
        return
    for line, message in unknown:
        yield _problem(template, line, message)
    if not unknown:
        yield from _try_out(template, compiled, acts)


def _try_out(template: TemplateFile, compiled: MessageTemplate, acts: Samples) -> Iterator[Problem]:
    for act, samples in acts.items():
        for sample, name, url in product(samples, _NAMES, _URLS):
            context = Context(
                shop="The Corner Shop", act=sample, name=name, survey_url=url, preferences_url=url
            )
            try:
                compiled.render(context)
            except TemplateFailed as error:
                yield _problem(template, error.line, f"on a sample of '{act}': {error.reason}")


def _problem(template: TemplateFile, line: int, message: str) -> Problem:
    return Problem(template.file, line, 1, "", message)
