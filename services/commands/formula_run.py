"""Carries out `requite programme apply` and its companions, and gives the exit code."""

import json
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from services.commands.execution import DONE, NOT_DONE
from services.commands.formula_report import show_difference, show_status
from services.commands.instance import Instance, Refused, WrongUse
from shared.programme.loader import load

FORMULA = "/v1/programme/formula"
_SECONDS_BETWEEN_LOOKS = 0.5

Members = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Wishes:
    """What `apply` was asked for."""

    folder: Path
    yes: bool = False
    announce: bool = False
    dry_run: bool = False
    replace: bool = False


def status(instance: Instance, out: Console) -> int:
    """Show what there is."""
    show_status(out, instance.get(FORMULA))
    return DONE


def discard(instance: Instance, out: Console) -> int:
    """Drop the formula beside the live one."""
    formula = instance.post(f"{FORMULA}:discard", "{}")
    out.print(f"Only formula {formula['version']} is left.")
    return DONE


def revert(instance: Instance, out: Console, *, yes: bool) -> int:
    """Go back to the formula before."""
    other = instance.get(FORMULA)["other"]
    if other is None or other["state"] != "previous":
        out.print("There is no formula to go back to.")
        return NOT_DONE
    return _exchange(instance, out, "revert", other["version"], yes=yes)


def apply(instance: Instance, out: Console, wishes: Wishes) -> int:
    """Propose the formula of a folder, wait for its scores, show the difference, and switch."""
    document = load(wishes.folder).formula
    formula = instance.get(FORMULA)
    if formula["version"] == document.version:
        out.print(f"Scores are made by formula {document.version} already.")
        return DONE
    stood_there = formula["other"] is not None and formula["other"]["version"] == document.version
    replace = wishes.replace or _gives_way(formula["other"], document.version, wishes)
    asked = {"replace": replace and not stood_there, "announce": wishes.announce}
    proposal = f'{{"formula":{document.text},{json.dumps(asked)[1:]}'
    other = instance.post(f"{FORMULA}:propose", proposal)["other"]
    if other["state"] == "previous":
        out.print(f"Formula {document.version} is the one before.")
        return _exchange(instance, out, "revert", document.version, yes=wishes.yes)
    other = _wait(instance, out, document.version)
    show_difference(out, other["difference"])
    if other["state"] == "failed":
        out.print("\nThe other book does not hold what the live one does, so nothing is switched.")
        return NOT_DONE
    if wishes.dry_run:
        if not stood_there:
            instance.post(f"{FORMULA}:discard", "{}")
        out.print("\nDry run: nothing is switched.")
        return DONE
    return _exchange(instance, out, "switch", document.version, yes=wishes.yes)


def _wait(instance: Instance, out: Console, version: str) -> Members:
    """The formula beside the live one once it is built or has failed."""
    columns = TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn()
    with Progress(*columns, console=out, disable=not out.is_terminal) as bars:
        task = bars.add_task("Scoring all acts anew", total=None)
        most = 1
        while True:
            other: Members | None = instance.get(FORMULA)["other"]
            if other is None or other["version"] != version:
                raise Refused(409, "somebody else has proposed or discarded a formula meanwhile")
            if other["state"] not in ("begun", "building"):
                return other
            most = max(most, other["left"])
            bars.update(task, total=most, completed=most - other["left"])
            time.sleep(_SECONDS_BETWEEN_LOOKS)


def _exchange(instance: Instance, out: Console, how: str, version: str, *, yes: bool) -> int:
    if not yes and not _confirmed(version):
        out.print(
            "Nothing is switched. `requite programme apply` goes on from here,"
            " `requite programme discard` drops the other formula."
        )
        return NOT_DONE
    instance.post(f"{FORMULA}:{how}", json.dumps({"version": version}))
    out.print(
        f"Scores are made by formula {version} now. `requite programme revert` goes back;"
        " `requite programme discard` saves the room that this takes."
    )
    return DONE


def _gives_way(other: Members | None, version: str, wishes: Wishes) -> bool:
    """Whether the formula before may be dropped, to which nobody can go back then."""
    if other is None or other["state"] != "previous" or other["version"] == version:
        return False
    if wishes.dry_run:
        return False
    return wishes.yes or _agreed(f"Drop formula {other['version']}, the one before?")


def _confirmed(version: str) -> bool:
    return _agreed(f"\nLet scores be made by formula {version}?")


def _agreed(question: str) -> bool:
    if not sys.stdin.isatty():
        raise WrongUse("nobody is there to ask: say --yes")
    return typer.confirm(question)
