"""Every command of docs/http.md, run as written, gets the answer that stands below it."""

import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from shared.config import DEFAULT_PROGRAMME
from shared.named_secrets import NamedSecrets
from tests.docs import PROJECT
from tests.servers.ports import free_port
from tests.servers.service import Service

PAGE = PROJECT / "docs" / "http.md"

_BLOCK = re.compile(r"```(\w*)\n(.*?)```", re.DOTALL)
_ADDRESS = "http://127.0.0.1:8080"
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
_RULE = re.compile(r"```yaml\n# ((?:thanks|channels)/[\w-]+\.yaml)\n(.*?)```", re.DOTALL)
_TEXTS = {
    "open-day-thanks": """\
Subject: Thank you for coming
Also: your visit on our open day

It was good to have you here on {{ act.get("day", "2026-01-01") | day }}. Thank you for coming.
""",
    "parcel-note": """\
Subject: We are sorry for the delay

This parcel took longer than it should have. Thank you for your patience.
""",
}
"""Of the templates of the page's two rules."""
_WRITES = re.compile(r" (-X|-d|--data-binary) ")
_CHANCE = {"age_seconds", "formula", "invitations", "revision"}
"""What differs with the programme, or from run to run."""


@dataclass(frozen=True)
class Example:
    """Commands, and the answer that the page shows for them, if it does."""

    commands: str
    answer: str | None


def examples() -> Iterator[Example]:
    """The page's, in order."""
    blocks = _BLOCK.findall(PAGE.read_text(encoding="utf-8"))
    for (kind, text), (next_kind, next_text) in zip(blocks, [*blocks[1:], ("sh", "")], strict=True):
        if kind == "sh":
            yield Example(text, None if next_kind == "sh" else next_text)


@pytest.fixture
def requite(tmp_path: Path) -> Iterator[Service]:
    """`requite run` after its sample week, with its data where a newcomer has them, and with the
    source and the address of the shop that the page begins with, and the rules that it shows."""
    port = free_port()
    programme = shutil.copytree(DEFAULT_PROGRAMME, tmp_path / "programme")
    with (programme / "programme.yaml").open("a") as file:
        file.write("shop_url: https://shop.example\n")
    (programme / "sources").mkdir()
    (programme / "sources" / "shop.yaml").write_text("connector: shopify\n")
    for name, rule in _RULE.findall(PAGE.read_text(encoding="utf-8")):
        (programme / name).write_text(rule)
    for name, words in _TEXTS.items():
        (programme / "templates" / "en" / f"{name}.txt.j2").write_text(words)
    NamedSecrets(tmp_path / "data" / "webhook-secrets.json").add("shop", "hush")
    NamedSecrets(tmp_path / "data" / "channel-secrets.json").add("email.bounces", "sendgrid:hush")
    server = Service(
        "requite",
        tmp_path / "data",
        port=port,
        settings={
            "REQUITE_PUBLIC_URL": f"http://127.0.0.1:{port}",
            "REQUITE_PROGRAMME_DIR": str(programme),
            "REQUITE_LOG_LEVEL": "info",
            "REQUITE_SEGMENTS_SECONDS": "1",
        },
        command=(sys.executable, "-c", "from services.command_line import app; app()", "run"),
    )
    with server:
        _wait_until(lambda: "Ctrl-C stops it" in server.log.read_text(), "the sample week ended")
        yield server


@pytest.mark.slow
def test_every_command_gets_the_answer_that_is_shown(requite: Service) -> None:
    assignments: list[str] = []
    compared = 0
    for example in examples():
        commands = example.commands.replace(_ADDRESS, requite.url)
        got = _read(assignments, commands, requite.folder.parent, example.answer)
        assignments += re.findall(r"^[A-Z]+=.*$", commands, re.MULTILINE)
        if example.answer is not None:
            assert _wrong(example.answer, got) == [], f"{commands}\n{got}"
            compared += 1

    assert compared > 10


def test_comparison_finds_what_differs() -> None:
    told = {"id": "a", "n": 1, "at": "2026-01-01T00:00:00Z", "body": "Hello …", "of": [1.5]}

    assert differences(told, told | {"at": "2027-01-01T00:00:00Z", "body": "Hello you"}) == []
    assert differences(told, told | {"n": 2}) == ["/n: 1, not 2"]
    assert differences(told, told | {"at": "soon"}) != []
    assert differences(told, told | {"body": "Bye"}) != []
    assert differences(told, told | {"of": [2.5, 3.5]}) != []
    assert differences(told, {"id": "a"}) != []


def differences(told: Any, got: Any, place: str = "") -> list[str]:
    """Where the shown answer is not like the real one. Times and floats may differ, and so may
    what follows "…"."""
    if isinstance(told, dict) and isinstance(got, dict) and told.keys() == got.keys():
        steps: Sequence[Any] = [key for key in told if key not in _CHANCE]
        return [d for key in steps for d in differences(told[key], got[key], f"{place}/{key}")]
    if isinstance(told, list) and isinstance(got, list) and len(told) == len(got):
        steps = range(len(told))
        return [d for n in steps for d in differences(told[n], got[n], f"{place}/{n}")]
    if isinstance(told, float) and isinstance(got, float):
        return []
    if isinstance(told, str) and isinstance(got, str):
        start = re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1:8080", got)
        if "…" in told and start.startswith(told.partition("…")[0]):
            return []
        if _TIME.fullmatch(told) and _TIME.fullmatch(got):
            return []
    return [] if told == got else [f"{place}: {told}, not {got}"]


def _split(answer: str) -> tuple[str, Any]:
    """The status line, where there is one, and the JSON."""
    if not answer.startswith("HTTP/"):
        return "", json.loads(answer)
    head, _, body = answer.replace("\r\n", "\n").partition("\n\n")
    return head.splitlines()[0], json.loads(body)


def _wrong(answer: str, got: str) -> list[str]:
    told, received = _split(answer), _split(got)
    status = [] if told[0] == received[0] else [f"{told[0]}, not {received[0]}"]
    return status + differences(told[1], received[1])


def _read(assignments: Sequence[str], commands: str, folder: Path, answer: str | None) -> str:
    """What the commands print. A reading is repeated until it is what the page shows, as what
    follows from an act does so a moment later."""
    end = time.monotonic() + 30
    while True:
        got = _run(assignments, commands, folder)
        only_reads = answer is not None and not _WRITES.search(commands)
        if not only_reads or not _wrong(answer or "", got) or time.monotonic() > end:
            return got
        time.sleep(0.05)


def _run(assignments: Sequence[str], commands: str, folder: Path) -> str:
    script = "\n".join(["set -e", *assignments, commands])
    done = subprocess.run(
        ["bash", "-c", script],
        cwd=folder,
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, f"{commands}\n{done.stderr}"
    return done.stdout


def _wait_until(happened: Any, what: str) -> None:
    end = time.monotonic() + 60
    while not happened():
        assert time.monotonic() < end, f"waited in vain until {what}"
        time.sleep(0.05)
