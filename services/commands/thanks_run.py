"""Carries out `requite thanks dry-run`."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from services.commands.execution import DONE
from services.commands.instance import Instance, Refused, WrongUse
from shared.contracts.acts import short_name

SIMULATE = "/v1/decisions:simulate"

Members = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Wish:
    """What the command line says."""

    on: str | None
    customer: str | None
    data: str
    file: Path | None
    as_json: bool


def dry_run(instance: Instance, out: Console, wish: Wish) -> int:
    """Ask about each act and show the answers. Raises WrongUse, Refused, Away."""
    answers = [(place, _ask(instance, place, body)) for place, body in _bodies(wish)]
    if wish.as_json:
        for _, answer in answers:
            out.print(json.dumps(answer, ensure_ascii=False), markup=False)
        return DONE
    out.print(_table(answer for _, answer in answers))
    if len(answers) == 1 and (text := answers[0][1]["text"]):
        out.print(f"\n{text['subject']}\n", style="bold", markup=False)
        out.print(text["body"], markup=False)
    out.print("Nothing was decided, and nothing was sent.")
    return DONE


def _ask(instance: Instance, place: str, body: Members) -> Members:
    try:
        return instance.post(SIMULATE, json.dumps(body))
    except Refused as error:
        raise Refused(error.status, f"{place}{error}") from None


def _bodies(wish: Wish) -> Iterator[tuple[str, Members]]:
    if wish.file is not None:
        if wish.on or wish.customer:
            raise WrongUse("give an act, or --file, not both")
        for number, line in enumerate(wish.file.read_text("utf-8").splitlines(), 1):
            if line.strip():
                place = f"{wish.file}:{number}: "
                yield place, _of_event(_json(line, place), place)
        return
    if not wish.on or not wish.customer:
        raise WrongUse("say what happened, and --customer, or give --file")
    data = _json(wish.data, "--data: ")
    yield "", {"on": wish.on, "customer": wish.customer, "data": data}


def _of_event(event: Members, place: str) -> Members:
    try:
        body = {"on": short_name(event["type"]), "customer": event["subject"]}
    except (KeyError, TypeError, ValueError):
        raise WrongUse(f"{place}needs type and subject, as a CloudEvent has them") from None
    known = {name: event[name] for name in ("source", "id", "time", "data") if name in event}
    return body | known


def _json(text: str, place: str) -> Members:
    try:
        value = json.loads(text)
    except ValueError as error:
        raise WrongUse(f"{place}is no JSON: {error}") from None
    if not isinstance(value, dict):
        raise WrongUse(f"{place}must be a JSON object")
    return value


def _table(answers: Iterator[Members]) -> Table:
    table = Table("customer", "what", "verdict", "rule", "channel", "until", "why", box=None)
    for answer in answers:
        decision = answer["decision"]
        if decision is None:
            table.add_row("", "", "", "", "", "", "The customer was erased.")
            continue
        table.add_row(
            decision["customer"] or "",
            decision["kind"],
            decision["verdict"] + (" (stands)" if answer["stands"] else ""),
            decision["rule"] or "",
            decision["channel"] or "",
            (decision["decided_again_at"] or "")[:16],
            decision["reason_text"],
        )
    return table
