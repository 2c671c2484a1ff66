"""`requite run`: everything in one process, and what happened, as a person would read it."""

import asyncio
import json
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from email import policy
from email.parser import BytesParser
from pathlib import Path
from typing import Any

import httpx
from rich.console import Console
from rich.table import Table

from services.embedded import create_app
from services.sample_week import Outcome, play
from shared.config import Settings
from shared.contracts.engagement import MOMENT
from shared.runtime import read_settings
from shared.runtime import run as run_process
from shared.web.keys import KeyRing

console = Console(highlight=False)


def run(*, sample: bool) -> int:
    """Serve until Ctrl-C; the process's exit code. While no act is known, and if `sample`, a week
    of a small shop is played first."""
    settings = read_settings({"log_level": "warning"})
    if settings.messaging != "sqlite" or settings.storage != "sqlite":
        console.print("REQUITE_MESSAGING and REQUITE_STORAGE must be sqlite in one process.")
        return 2
    key_file = settings.data_dir / "api-key"
    _first_key(settings, key_file)
    tasks: set[asyncio.Task[None]] = set()

    key = key_file.read_text(encoding="ascii").strip() if key_file.exists() else None

    def on_started(url: str) -> None:
        greeting = _greet(url, key if sample else None, settings)
        tasks.add(asyncio.get_running_loop().create_task(greeting))

    return run_process(create_app, on_started, settings)


def _first_key(settings: Settings, key_file: Path) -> None:
    plain = KeyRing(settings.keys_file).create_first("owner", ["admin"])
    if plain is None:
        if not key_file.exists():
            console.print(f"There is no {key_file}. Make a key for the commands below with")
            console.print(f"  requite keys create owner --scope admin > {key_file}\n", style="bold")
        return
    descriptor = os.open(key_file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with open(descriptor, "w", encoding="ascii") as file:
        file.write(plain + "\n")
    console.print(f"Your API key, shown this once and kept in {key_file} (only you can read it):")
    console.print(f"  {plain}\n", style="bold")


async def _greet(url: str, key: str | None, settings: Settings) -> None:
    customer = "c-101"
    outcome = None if key is None else await _sample_outcome(url, key)
    if outcome is None:
        console.print(f"Going on with what is in {settings.data_dir}/.")
    else:
        console.print(_scores(outcome), "\n", _decisions(outcome), "\n", sep="")
        _show_mail(settings)
        customer = outcome.scores[0]["customer"]
    _show_next(url, settings.data_dir / "api-key", customer)


async def _sample_outcome(url: str, key: str) -> Outcome | None:
    headers = {"Authorization": f"Bearer {key}"}
    try:
        async with httpx.AsyncClient(base_url=url, headers=headers, timeout=30) as client:
            totals = await client.get("/v1/programme/totals")
            if totals.raise_for_status().json()["acts"]:
                return None
            console.print("No act is known yet, so here is a week of a small shop …\n")
            return await play(client, datetime.now(UTC))
    except (httpx.HTTPError, TimeoutError) as error:
        console.print(f"The sample week could not be played: {type(error).__name__}")
        return None


def _scores(outcome: Outcome) -> Table:
    table = Table(title="Scores", title_justify="left", box=None, pad_edge=False)
    for heading in ("customer", "level"):
        table.add_column(heading)
    dimensions = list(outcome.scores[0]["dimensions"]) if outcome.scores else []
    for heading in ("score", *dimensions, "net"):
        table.add_column(heading, justify="right")
    for score in sorted(outcome.scores, key=lambda one: -float(one["total"])):
        money = ", ".join(f"{m['net']} {m['currency']}" for m in score["money"])
        table.add_row(
            score["customer"],
            score["level"]["name"],
            f"{score['total']:.1f}",
            *(f"{score['dimensions'][name]:.1f}" for name in dimensions),
            money,
        )
    return table


def _decisions(outcome: Outcome) -> Table:
    table = Table(title="Decisions, and why", title_justify="left", box=None, pad_edge=False)
    for heading in ("customer", "what happened", "decision"):
        table.add_column(heading, no_wrap=True)
    table.add_column("reason")
    shown = [one for one in outcome.decisions if not _is_idle(one)]
    for decision in sorted(shown, key=lambda one: str(one["act"]["time"])):
        told = (decision[name] for name in ("customer", "kind", "verdict", "reason_text"))
        table.add_row(*map(str, told))
    if idle := len(outcome.decisions) - len(shown):
        table.caption = f"{idle} moments that no rule answers are left out."
        table.caption_justify = "left"
    return table


def _is_idle(decision: Mapping[str, Any]) -> bool:
    """A moment that nothing is said about."""
    return bool(decision["act"]["type"] == MOMENT and decision["reason"] == "no_rule")


def _show_mail(settings: Settings) -> None:
    folder = settings.data_dir / "mail"
    parser = BytesParser(policy=policy.default)
    mails = [parser.parsebytes(mail.read_bytes()) for mail in sorted(folder.glob("*.eml"))]
    if not mails:
        return
    english = [mail for mail in mails if mail["Content-Language"] == "en"] or mails
    chosen = max(english, key=lambda mail: len(mail.as_bytes()))
    body = chosen.get_body(("plain",))
    console.rule("One thank-you, in full")
    console.print(f"To: {chosen['To']}\nSubject: {chosen['Subject']}\n")
    _print_line(body.get_content().strip() if body is not None else "")
    console.rule()
    console.print(f"All {len(mails)} mails lie in {folder}/ as .eml files.")


def _show_next(url: str, key_file: Path, customer: str) -> None:
    key = f'-H "Authorization: Bearer $(cat {key_file})"'
    act: dict[str, Any] = {
        "specversion": "1.0",
        "id": "first-act",
        "source": "/me",
        "type": "io.requite.act.help.v1",
        "subject": customer,
        "data": {"topic": "trying Requite"},
    }
    body = json.dumps(act)
    console.print(f"\nRequite runs on {url}. Try next, in another terminal:\n")
    console.print("An act of a customer:", style="bold")
    media_type = "-H 'Content-Type: application/cloudevents+json'"
    _print_line(f"  curl -sS {url}/v1/events {key} {media_type} -d '{body}'")
    console.print("What their score is now, and why:", style="bold")
    _print_line(f"  curl -sS {url}/v1/scores/{customer} {key}")
    console.print("What was decided about each of their acts, and why:", style="bold")
    _print_line(f"  curl -sS '{url}/v1/decisions?customer={customer}' {key}")
    console.print("\nCtrl-C stops it; nothing that was answered for is lost.")


def _print_line(text: str) -> None:
    """Without breaking lines, however long, so that they can be copied."""
    console.print(text, soft_wrap=True, markup=False)
