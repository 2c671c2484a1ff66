"""What no schema can say of thanks/: occasions, audiences, surveys, channels, and who comes first.

Of several rules for one thing the highest rank that fits a customer counts, then the one with more
conditions. Where two are alike in both, and one audience does not exclude the other, only their
names would decide: that is refused, since nobody would see it.
"""

from collections.abc import Collection, Iterator, Mapping
from itertools import combinations
from typing import Any

from shared.programme.documents import Document
from shared.programme.folder import TEMPLATE_ENDING, Folder
from shared.programme.languages import best_language
from shared.programme.moment_names import moments_by_name
from shared.programme.problems import Problem, did_you_mean
from shared.programme.samples import ANSWER
from shared.programme.templating.source import LAYOUT
from shared.programme.thanks_rules import REQUEST

_EXCLUSIVE = ("levels",)
"""Somebody has only one of these at a time."""


def check_thanks(folder: Folder) -> Iterator[Problem]:
    """Every problem in the documents that their schemas accept."""
    moments = moments_by_name(folder)
    for rule in folder.thanks.values():
        yield from _check_occasion(rule, folder, moments)
        yield from _check_names(rule, folder)
        yield from _check_templates_of(rule, folder)
        if rule.data.get("purpose") == "promotion" and not _allows_promotion(folder):
            message = "promotion is off: say promotion: true in attention.yaml"
            yield rule.problem("/purpose", message)
    yield from _check_order(folder)


def _check_occasion(rule: Document, folder: Folder, moments: Collection[str]) -> Iterator[Problem]:
    on = rule.data["on"]
    if on == REQUEST or on in moments or folder.scoring is None:
        if on == REQUEST and "for" in rule.data:
            yield rule.problem("/for", "whoever asks for the message says whom it is for")
        return
    acts = folder.scoring.data["acts"]
    if "reverses" in acts.get(on, {}):
        yield rule.problem("/on", f"nobody is thanked for '{on}': it takes points back")
    elif on in acts or on in folder.acts or on == ANSWER:
        return
    elif on not in folder.broken_acts and not _is_of_broken_circle(on, folder):
        yield rule.unknown("/on", on, {*folder.acts, ANSWER, *moments, REQUEST})


def _is_of_broken_circle(on: str, folder: Folder) -> bool:
    kind, _, name = on.partition(".")
    return kind == "touchpoint" and name.split("/")[0] in folder.broken_circles


def _check_names(rule: Document, folder: Folder) -> Iterator[Problem]:
    known: dict[str, Collection[str]] = {
        "segments": folder.segments.keys() | folder.broken_segments,
        "circles": folder.circles.keys() | folder.broken_circles,
    }
    if folder.scoring:
        known["levels"] = [level["name"] for level in folder.scoring.data["levels"]]
    audience = rule.data.get("for", {})
    for key, names in known.items():
        yield from _unknown(rule, f"/for/{key}", audience.get(key, ()), names)
    channels = folder.channels.keys() | folder.broken_channels
    yield from _unknown(rule, "/channels", rule.data["channels"], channels)
    surveys = folder.surveys.keys() | folder.broken_surveys
    if "survey" in rule.data and rule.data["survey"] not in surveys:
        yield rule.unknown("/survey", rule.data["survey"], surveys)


def _unknown(
    rule: Document, pointer: str, names: Collection[str], known: Collection[str]
) -> Iterator[Problem]:
    for index, name in enumerate(names):
        if name not in known:
            yield rule.unknown(f"{pointer}/{index}", name, known)


def _check_templates_of(rule: Document, folder: Folder) -> Iterator[Problem]:
    default = folder.settings.data["locale"] if folder.settings else None
    named = rule.data["template"]
    for index, template in enumerate(templates_of(rule.data)):
        pointer = f"/template/{index}" if isinstance(named, list) else "/template"
        languages = [language for language, name in folder.templates if name == template]
        if template == LAYOUT:
            yield rule.problem(pointer, f"'{LAYOUT}' goes around other templates")
        elif default and not best_language(languages, None, default):
            hint = did_you_mean(template, {name for _, name in folder.templates} - {template})
            path = f"templates/{default}/{template}{TEMPLATE_ENDING}"
            yield rule.problem(pointer, f"{path} is missing.{hint}")


def templates_of(rule: Mapping[str, Any]) -> list[str]:
    """The names of a rule's variants."""
    template = rule["template"]
    return template if isinstance(template, list) else [template]


def _allows_promotion(folder: Folder) -> bool:
    return folder.attention is not None and bool(folder.attention.data.get("promotion"))


def _check_order(folder: Folder) -> Iterator[Problem]:
    for (one, first), (_, second) in combinations(folder.thanks.items(), 2):
        if first.data["on"] == second.data["on"] != REQUEST and _is_a_toss_up(first, second):
            message = (
                f"thanks/{one}.yaml answers the same for some of the same customers: "
                "give one of the two another rank"
            )
            yield second.problem("/on", message)


def _is_a_toss_up(first: Document, second: Document) -> bool:
    if first.data.get("rank", 0) != second.data.get("rank", 0):
        return False
    one, other = first.data.get("for", {}), second.data.get("for", {})
    if len(one) != len(other):
        return False
    if one.get("first") != other.get("first") and "first" in one and "first" in other:
        return False
    return not any(
        key in one and key in other and set(one[key]).isdisjoint(other[key]) for key in _EXCLUSIVE
    )
