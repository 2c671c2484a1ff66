"""What is wrong with a formula that somebody proposes to a running programme."""

from collections.abc import Iterator, Mapping
from typing import Any

from shared.errors import Invalid
from shared.programme.checks import check_settings
from shared.programme.documents import Document, escape
from shared.programme.folder import Folder
from shared.programme.formula import SETTINGS
from shared.programme.model import Programme
from shared.programme.problems import Problem
from shared.programme.scoring_checks import check_scoring
from shared.programme.validation import check_schema

_MEMBERS = ("scoring", "settings")


def check_formula(said: Mapping[str, Any], programme: Programme) -> list[Invalid]:
    """Everything that keeps a document from being a formula; its acts and segments must be known
    to `programme`."""
    faults = [Invalid("unknown key", f"/{escape(key)}") for key in said.keys() - {*_MEMBERS}]
    for name in _MEMBERS:
        if not isinstance(said.get(name), dict):
            faults.append(Invalid("must be there, and be a mapping of keys to values", f"/{name}"))
    if faults:
        return faults
    return [*_settings(said["settings"], programme), *_scoring(said["scoring"], programme)]


def _settings(settings: Mapping[str, Any], programme: Programme) -> Iterator[Invalid]:
    for key in settings.keys() - {*SETTINGS}:
        yield Invalid("scores do not depend on it", f"/settings/{escape(key)}")
    own = programme.settings
    rest = {"name": own.name, "shop": own.shop, "locale": own.locale}
    asked = {name: value for name, value in settings.items() if name in SETTINGS}
    document = Document("settings", rest | asked, {})
    problems = list(check_schema(document, "programme")) or check_settings(document)
    yield from (_at("/settings", problem) for problem in problems)


def _scoring(scoring: Mapping[str, Any], programme: Programme) -> Iterator[Invalid]:
    document = Document("scoring", scoring, {})
    folder = Folder("")
    for name, act in programme.acts.items():
        folder.acts[name] = Document(name, {"payload": act.schema}, {})
    for name in programme.segments:
        folder.segments[name] = Document(name, {}, {})
    problems = list(check_schema(document, "scoring")) or check_scoring(document, folder)
    yield from (_at("/scoring", problem) for problem in problems)


def _at(place: str, problem: Problem) -> Invalid:
    return Invalid(problem.message, f"{place}{problem.pointer}")
