"""What is wrong with a formula that somebody proposes to a running programme."""

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
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

_PLAIN = re.compile(r"-?[0-9]{1,12}(\.[0-9]{1,12})?|True|False")
_MEMBERS = ("scoring", "settings")


def check_formula(said: Mapping[str, Any], programme: Programme) -> list[Invalid]:
    """Everything that keeps a document from being a formula; its acts and segments must be known
    to `programme`."""
    faults = [Invalid("unknown key", f"/{escape(key)}") for key in said.keys() - {*_MEMBERS}]
    faults += _numbers(said, "")
    for name in _MEMBERS:
        if not isinstance(said.get(name), dict):
            faults.append(Invalid("must be there, and be a mapping of keys to values", f"/{name}"))
    if faults:
        return faults
    return [*_settings(said["settings"], programme), *_scoring(said["scoring"], programme)]


def _numbers(value: Any, pointer: str) -> Iterator[Invalid]:
    """JSON knows numbers that nobody could reckon with, such as 1e999999999."""
    if isinstance(value, dict):
        for key, member in value.items():
            yield from _numbers(member, f"{pointer}/{escape(key)}")
    elif isinstance(value, list):
        for place, item in enumerate(value):
            yield from _numbers(item, f"{pointer}/{place}")
    elif isinstance(value, int | float | Decimal) and not _PLAIN.fullmatch(str(value)):
        yield Invalid("must be a number of at most 12 digits before and after the point", pointer)


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
