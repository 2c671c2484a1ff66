"""What no schema can say of segments/ and circles/: expressions and schedules."""

from collections.abc import Collection, Iterator
from datetime import time

from shared.programme.documents import Document
from shared.programme.expressions import ExpressionInvalid, Language
from shared.programme.folder import Folder
from shared.programme.level_checks import unknown_levels
from shared.programme.problems import Problem
from shared.programme.samples import ANSWER
from shared.programme.schedules import ScheduleInvalid, read_schedule


def check_groups(folder: Folder) -> Iterator[Problem]:
    """Every problem in the documents that their schemas accept."""
    if folder.scoring:
        scoring = folder.scoring.data
        acts = folder.acts.keys() | folder.broken_acts | {ANSWER}
        language = Language(acts, scoring["dimensions"], scoring.get("scores", {}))
        levels = [level["name"] for level in scoring["levels"]]
        for segment in folder.segments.values():
            if "when" in segment.data:
                yield from _check_expression(segment, "/when", segment.data["when"], language)
                yield from _check_levels(segment, "/when", segment.data["when"], levels)
        for circle in folder.circles.values():
            if "when" in circle.data["members"]:
                when = circle.data["members"]["when"]
                yield from _check_expression(circle, "/members/when", when, language)
                yield from _check_levels(circle, "/members/when", when, levels)
    for circle in folder.circles.values():
        members = circle.data["members"]
        if "when" not in members and not members["by_hand"]:
            yield circle.problem("/members", "nobody could belong: say when, or by_hand: true")
        yield from _check_touchpoints(circle)


def _check_expression(
    document: Document, pointer: str, text: str, language: Language
) -> Iterator[Problem]:
    try:
        language.compile(text)
    except ExpressionInvalid as error:
        for fault in error.faults:
            yield document.problem_within(pointer, fault.offset, fault.reason)


def _check_levels(
    document: Document, pointer: str, text: str, levels: Collection[str]
) -> Iterator[Problem]:
    for offset, reason in unknown_levels(text, levels):
        yield document.problem_within(pointer, offset, reason)


def _check_touchpoints(circle: Document) -> Iterator[Problem]:
    names: set[str] = set()
    for index, touchpoint in enumerate(circle.data.get("touchpoints", ())):
        pointer = f"/touchpoints/{index}"
        if touchpoint["name"] in names:
            yield circle.problem(f"{pointer}/name", "another touchpoint has this name")
        names.add(touchpoint["name"])
        try:
            read_schedule(touchpoint["schedule"], time.fromisoformat(touchpoint["at"]))
        except ScheduleInvalid as error:
            yield circle.problem_within(f"{pointer}/schedule", error.offset, error.reason)
