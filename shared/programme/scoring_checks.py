"""What no schema can say of scoring.yaml."""

from collections.abc import Collection, Iterator
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

from shared.programme.documents import Document
from shared.programme.folder import Folder
from shared.programme.problems import Problem
from shared.programme.samples import ANSWER

FORESEEN = date(2040, 1, 1)
"""Until then the sums of every programme can be held."""
_MOST_HALF_LIVES = 900  # float64 holds 2^1023, of which points may take some
_LONG_DAYS = 30  # with half-lives of so many any day since 1970 will do, which is the first of all


def check_scoring(scoring: Document, folder: Folder) -> Iterator[Problem]:
    """Every problem between its values, and with acts and segments."""
    known = folder.acts.keys() | folder.broken_acts | {ANSWER}
    yield from _check_landmark(scoring)
    yield from _check_acts(scoring, folder, known)
    yield from _check_levels(scoring, "/levels", scoring.data["levels"])
    for name, score in scoring.data.get("scores", {}).items():
        for dimension in score["of"]:
            if dimension not in scoring.data["dimensions"]:
                pointer = f"/scores/{name}/of/{dimension}"
                yield scoring.unknown(pointer, dimension, scoring.data["dimensions"])
        if "levels" in score:
            yield from _check_levels(scoring, f"/scores/{name}/levels", score["levels"])
    experience = scoring.data.get("links", {}).get("experience", {})
    for act, value in experience.get("conduct", {}).items():
        pointer = f"/links/experience/conduct/{act}"
        if act not in known:
            yield scoring.unknown(pointer, act, known)
        elif value == "promise" and not _may_say(folder, act, "promised_at"):
            yield scoring.problem(pointer, "this act has no promised_at: say a number")


def _check_landmark(scoring: Document) -> Iterator[Problem]:
    if "landmark" not in scoring.data:
        return  # The default goes with every half-life.
    links, acts = scoring.data.get("links", {}), scoring.data["acts"]
    given = [*scoring.data["dimensions"].values(), *acts.values(), *links.values()]
    said = (float(one["half_life_days"]) for one in given if "half_life_days" in one)
    earliest = FORESEEN - timedelta(days=min(_LONG_DAYS, *said) * _MOST_HALF_LIVES)
    if not earliest <= date.fromisoformat(scoring.data["landmark"]) <= FORESEEN:
        message = f"must be from {earliest} to {FORESEEN}, as the shortest half-life asks for"
        yield scoring.problem("/landmark", message)


def _check_acts(scoring: Document, folder: Folder, known: Collection[str]) -> Iterator[Problem]:
    acts: dict[str, Any] = scoring.data["acts"]
    dimensions = scoring.data["dimensions"]
    segments = folder.segments.keys() | folder.broken_segments
    earning = [name for name, act in acts.items() if "reverses" not in act]
    for name, act in acts.items():
        pointer = f"/acts/{name}"
        if name not in known:
            yield scoring.unknown(pointer, name, known)
        if "dimension" in act and act["dimension"] not in dimensions:
            yield scoring.unknown(f"{pointer}/dimension", act["dimension"], dimensions)
        if "reverses" in act and act["reverses"] not in earning:
            yield scoring.unknown(f"{pointer}/reverses", act["reverses"], earning)
        if "points_per" in act and not _may_say(folder, name, "total"):
            yield scoring.problem(f"{pointer}/points_per", "this act has no amount: say points")
        if act.get("counts") == "once" and ("cap" in act or "diminishing" in act):
            yield scoring.problem(f"{pointer}/counts", "once needs no cap and nothing diminishing")
        for index, segment in enumerate(act.get("only", {}).get("segments", ())):
            if segment not in segments:
                yield scoring.unknown(f"{pointer}/only/segments/{index}", segment, segments)


def _may_say(folder: Folder, act: str, member: str) -> bool:
    if act not in folder.acts:
        return act != ANSWER  # What it says is not known, since its file is at fault.
    return member in folder.acts[act].data["payload"].get("properties", {})


def _check_levels(
    scoring: Document, pointer: str, given: list[dict[str, Any]]
) -> Iterator[Problem]:
    levels = [(level["name"], Decimal(level["from"])) for level in given]
    if levels[0][1] != 0:
        yield scoring.problem(f"{pointer}/0/from", "the first level must start from 0")
    for index, ((_, lower), (_, upper)) in enumerate(pairwise(levels), start=1):
        if upper <= lower:
            message = f"must be more than {lower} before it"
            yield scoring.problem(f"{pointer}/{index}/from", message)
    names = [name for name, _ in levels]
    for index, name in enumerate(names):
        if name in names[:index]:
            yield scoring.problem(f"{pointer}/{index}/name", "another level has this name")
