"""What the Markdown files name exists: links, commands, paths, metrics, settings, log lines."""

import re
import shlex
from collections.abc import AsyncIterator, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.exceptions import TyperException

from services.command_line import app
from services.engagement.app import create_app as create_engagement
from services.events.app import create_app as create_events
from services.feedback.app import create_app as create_feedback
from services.notifier.app import create_app as create_notifier
from shared.config import Settings
from shared.messaging.dead_letters import dead_letter_record
from shared.messaging.handler import DeadLetter
from shared.messaging.ports import Delivery
from shared.runtime import Infrastructure, open_infrastructure
from tests.docs import PROJECT, markdown
from tests.docs.settings import variable

HTTP = PROJECT / "docs" / "http.md"
OPERATIONS = PROJECT / "docs" / "operations.md"

CREATE = {
    "events": create_events,
    "engagement": create_engagement,
    "notifier": create_notifier,
    "feedback": create_feedback,
}
_OPERATION = re.compile(r"(GET|PUT|POST|PATCH|DELETE) (/\S+)")
_COMMAND = re.compile(r"(?:[A-Z_]+=\S+ )*(?:\.venv/bin/)?requite ")
_METRIC = re.compile(r"(Counter|Gauge|Histogram|gauge)\(\s*\"(requite_\w+)\"")
_PATH = re.compile(r"/(?:v1|s|u)/[^\s`\"'?…]+")

Documents = Mapping[str, Mapping[str, Any]]

every_file = pytest.mark.parametrize(
    "file", markdown.files(), ids=lambda file: str(file.relative_to(PROJECT))
)


@pytest.fixture
async def infrastructure(tmp_path: Path) -> AsyncIterator[Infrastructure]:
    async with open_infrastructure(Settings(data_dir=tmp_path)) as opened:
        yield opened


@pytest.fixture
def documents(infrastructure: Infrastructure) -> Documents:
    """Each service's OpenAPI paths."""
    return {name: create(infrastructure).openapi()["paths"] for name, create in CREATE.items()}


@every_file
def test_every_link_leads_somewhere(file: Path) -> None:
    for target, heading in markdown.links(file):
        assert target.exists(), f"{file.name}: {target}"
        assert not heading or heading in markdown.headings(target), f"{target}#{heading}"


@every_file
def test_every_file_that_is_named_exists(file: Path) -> None:
    for name in markdown.spans(file):
        if re.fullmatch(r"(services|shared|tests|docs|deploy|programme)/[\w./-]+", name):
            assert (PROJECT / name).exists(), name


@every_file
def test_every_target_of_make_exists(file: Path) -> None:
    targets = re.findall(r"^([a-z-]+):", (PROJECT / "Makefile").read_text(), re.MULTILINE)
    for command in markdown.commands(file):
        if named := re.match(r"make ([a-z-]+)", command):
            assert named[1] in targets, command


def test_readme_names_the_two_commands() -> None:
    assert {"make run", "make test"} <= {
        command.split("  ")[0] for command in markdown.commands(PROJECT / "README.md")
    }


@every_file
def test_every_command_of_requite_parses(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("tests", "programme"):
        (tmp_path / name).symlink_to(PROJECT / name)
    for name in ("orders.csv", "Posts.xml", "FILE"):
        (tmp_path / name).touch()
    monkeypatch.chdir(tmp_path)
    for command in markdown.commands(file):
        if named := _COMMAND.match(command):
            parse(shlex.split(command[named.end() :], comments=True))


@pytest.mark.parametrize(
    ("wrong", "error"),
    [("keys make shop", KeyError), ("keys list --all", TyperException), ("run x", TyperException)],
)
def test_a_wrong_command_does_not_parse(wrong: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        parse(wrong.split())


def parse(words: list[str]) -> None:
    """Read the arguments as the command would, without running it."""
    command: Any = typer.main.get_command(app)
    context = command.make_context("requite", [], resilient_parsing=True)
    while hasattr(command, "commands"):
        if not words or words[0] == "…":
            return
        command = command.commands[words.pop(0)]
    if words:
        command.make_context(command.name, words, parent=context)


def test_http_lists_every_operation_with_its_scope(documents: Documents) -> None:
    told: dict[tuple[str, str], tuple[str, str]] = {}
    service = ""
    for row in re.findall(r"^\| (\w*) ?\| (`[A-Z]+ /.+?) \| (.+?) \|$", HTTP.read_text(), re.M):
        service = row[0] or service
        for method, path in _OPERATION.findall(row[1].replace("`,", "").replace("`", "")):
            told[method, path] = (service, row[2].strip("`"))
    real = {
        (method.upper(), path): (name, _scopes(operation))
        for name, paths in documents.items()
        for path, operations in paths.items()
        for method, operation in operations.items()
    }

    assert told.keys() == real.keys()
    for operation, (name, scope) in told.items():
        assert name == real[operation][0]
        scopes = [] if scope.startswith("none, ") else [scope]
        assert real[operation][1] == scopes, operation


def test_http_shows_a_request_for_every_operation(documents: Documents) -> None:
    shown = list(_requests())
    for paths in documents.values():
        for path, operations in paths.items():
            pattern = re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(path))
            for method in operations:
                asked = any(m == method.upper() and re.fullmatch(pattern, p) for m, p in shown)
                assert asked or path.startswith(("/l/", "/s/", "/u/")), f"{method} {path}"


def _requests() -> Iterator[tuple[str, str]]:
    """Method and path of each curl of docs/http.md."""
    for kind, text in markdown.blocks(HTTP):
        calls = text.replace("\\\n", " ").split("curl ")[1:] if kind == "sh" else ()
        for call in calls:
            path = re.search(r"\$URL(/[^\s\"?]+)", call)
            if path is None:
                continue
            told = re.search(r" -X (\w+) ", call)
            sends = re.search(r" (-d|--data-binary) ", call)
            yield told[1] if told else "POST" if sends else "GET", path[1]


def _scopes(operation: Mapping[str, Any]) -> list[str]:
    needed = operation.get("security") or [{}]
    return list(needed[0].get("apiKey", ()))


@every_file
def test_every_path_that_is_named_exists(file: Path, documents: Documents) -> None:
    templates = {path for paths in documents.values() for path in paths}
    patterns = [re.sub(r"\\{\w+\\}", "[^/]+", re.escape(path)) for path in templates]
    prefixes = {re.split(r"[/:]", path.removeprefix("/v1/"))[0] for path in templates}
    for command in markdown.commands(file):
        for path in _PATH.findall(command):
            known = any(re.fullmatch(pattern, path) for pattern in patterns)
            is_prefix = file != HTTP and path.removeprefix("/v1/") in prefixes
            assert known or is_prefix, f"{file.name}: {path}"


def test_metrics_are_those_that_exist(infrastructure: Infrastructure) -> None:
    metrics = infrastructure.edge.metrics
    metrics.observe_request("GET", "/livez", 200, 0.1)
    families = list(metrics.registry.collect())
    real = {family.name for family in families} | set(_metrics_of_services())
    real |= {sample.name for family in families for sample in family.samples}
    told = {
        re.sub(r"^(requite_\w+_seconds)_(bucket|count|sum)$", r"\1", found)
        for command in markdown.commands(OPERATIONS)
        for found in re.findall(r"\b(?:requite|http_server|process|python_gc)_[a-z_]+\*?", command)
        if found not in {f"requite_{name}" for name in CREATE}
    }

    for name in told:
        begins = name.removesuffix("*")
        assert name in real or (name != begins and any(n.startswith(begins) for n in real)), name
    assert {n for n in real if n.startswith("requite_")} <= told


def _metrics_of_services() -> Iterator[str]:
    """Those that are there only while a service runs, some of them only with Kafka."""
    for file in (PROJECT / "services").rglob("*.py"):
        for kind, name in _METRIC.findall(file.read_text(encoding="utf-8")):
            yield f"{name}_total" if kind == "Counter" else name


@every_file
def test_every_setting_that_is_named_exists(file: Path) -> None:
    known = {variable(name) for name in Settings.model_fields} | set(_variables_of_commands())
    for name in re.findall(r"\bREQUITE_[A-Z_]+\b", file.read_text(encoding="utf-8")):
        assert name in known, name


def _variables_of_commands(command: Any = None) -> Iterator[str]:
    command = command or typer.main.get_command(app)
    yield from (p.envvar for p in command.params if isinstance(p.envvar, str))
    for one in getattr(command, "commands", {}).values():
        yield from _variables_of_commands(one)


def test_every_line_of_the_log_that_is_named_is_written() -> None:
    source = "".join(
        file.read_text()
        for name in ("services", "shared")
        for file in (PROJECT / name).rglob("*.py")
    )
    section = OPERATIONS.read_text().partition("\n## Logs\n")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| (`.+?) \|", section, re.MULTILINE)
    named = [name for row in rows[1:] for name in re.findall(r"`(\w+)`", row)]

    assert len(named) > 10
    assert [name for name in named if f'"{name}"' not in source] == []


def test_headers_of_dead_letters_are_all_named() -> None:
    delivery = Delivery("requite.acts.v1", 3, 14, 1_700_000_000_000, b"c-1", b"{")
    record = dead_letter_record(DeadLetter(delivery, "not JSON"), "engagement")

    named = {name for name in markdown.spans(OPERATIONS) if re.fullmatch(r"dlt-[a-z-]+", name)}
    assert named - {"dlt-"} == {name for name, _ in record.headers}
