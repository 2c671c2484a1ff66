"""What can be told of a template without rendering it."""

from collections.abc import Collection, Iterator

from jinja2 import nodes
from jinja2.meta import find_undeclared_variables

from shared.programme.problems import did_you_mean
from shared.programme.templating.locales import plural_categories
from shared.programme.templating.sandbox import parse, sandbox


def inspect(source: str, language: str, known: Collection[str]) -> Iterator[tuple[int, str]]:
    """Line and message for each name and filter that there is not, where `known` are the names of
    variables, and each plural without a form that `language` needs. Raises TemplateFailed."""
    tree, environment = parse(source, language), sandbox(language, html=False)
    unknown = find_undeclared_variables(tree) - {*known, *environment.globals}
    for name in tree.find_all(nodes.Name):
        if name.name in unknown:
            yield name.lineno, f"'{name.name}' is unknown.{did_you_mean(name.name, known)}"
    for used in tree.find_all(nodes.Filter):
        if used.name not in environment.filters:
            hint = did_you_mean(used.name, environment.filters)
            yield used.lineno, f"there is no filter '{used.name}'.{hint}"
        elif used.name == "plural":
            yield from _lacking_forms(used, language)


def _lacking_forms(plural: nodes.Filter, language: str) -> Iterator[tuple[int, str]]:
    lacking = plural_categories(language) - {form.key for form in plural.kwargs}
    if lacking:
        names = ", ".join(sorted(lacking))
        yield plural.lineno, f"plural lacks what {language} needs: {names}"
