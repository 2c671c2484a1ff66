"""`requite thanks dry-run` against the whole embedded server."""

import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner, Result

from services.command_line import app
from shared.web.keys import KeyRing
from shared.web.rate_limit import RateLimit
from tests.servers.ports import free_port
from tests.servers.service import Service


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    folder = tmp_path_factory.mktemp("embedded")
    process = Service("embedded", folder, port=free_port(), settings={})
    key = KeyRing(folder / "api-keys.json", RateLimit(0)).create("test", ["admin"])
    (folder / "api-key").write_text(key)
    process.start()
    yield process
    process.stop()


def call(server: Service, *arguments: str) -> Result:
    key_file = str(server.folder / "api-key")
    given = ["thanks", "dry-run", *arguments, "--url", server.url, "--key-file", key_file]
    return CliRunner().invoke(app, given)


def decisions(server: Service) -> list[object]:
    headers = {"Authorization": f"Bearer {(server.folder / 'api-key').read_text()}"}
    answer = httpx.get(f"{server.url}/v1/decisions", headers=headers).raise_for_status()
    found: list[object] = answer.json()["data"]
    return found


def test_an_act_of_somebody_unknown_would_wait(server: Service) -> None:
    said = call(server, "purchase", "--customer", "c-1", "--data", '{"order_id": "7"}', "--json")
    assert said.exit_code == 0, said.output
    answer = json.loads(said.stdout)
    assert answer["decision"]["verdict"] == "held"
    assert answer["decision"]["reason"] == "unknown_customer"
    assert not answer["stands"]
    assert decisions(server) == []


def test_a_table_says_why_and_that_nothing_happened(server: Service) -> None:
    said = call(server, "refund", "--customer", "c-1")
    assert said.exit_code == 0, said.output
    assert "suppressed" in said.stdout
    assert "Nothing was decided, and nothing was sent." in said.stdout


def test_acts_come_from_a_file_too(server: Service, tmp_path: Path) -> None:
    act = {"type": "io.requite.act.help.v1", "subject": "c-1", "source": "/shop", "id": "1"}
    file = tmp_path / "acts.jsonl"
    file.write_text(f"{json.dumps(act)}\n\n{json.dumps(act | {'subject': 'c-2'})}\n", "utf-8")
    said = call(server, "--file", str(file), "--json")
    assert said.exit_code == 0, said.output
    answers = [json.loads(line)["decision"] for line in said.stdout.splitlines()]
    assert [one["rule"] for one in answers] == ["help", "help"]
    assert answers[0]["act"]["id"] == "1"


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["helpp", "--customer", "c-1"], 1, "Did you mean 'help'?"),
        (["help"], 2, "--customer"),
        (["help", "--customer", "c-1", "--data", "{"], 2, "--data: is no JSON"),
        (["help", "--customer", "c-1", "--data", "[]"], 2, "must be a JSON object"),
        (["--file", "/nowhere/acts.jsonl"], 2, "No such file"),
    ],
)
def test_wrong_use_is_said(server: Service, arguments: list[str], code: int, words: str) -> None:
    said = call(server, *arguments)
    assert (said.exit_code, words in said.output) == (code, True), said.output


def test_a_file_without_a_customer_is_named_with_its_line(server: Service, tmp_path: Path) -> None:
    file = tmp_path / "acts.jsonl"
    file.write_text('{"type": "io.requite.act.help.v1"}\n', "utf-8")
    said = call(server, "--file", str(file))
    assert said.exit_code == 2
    assert f"{file}:1: needs type and subject" in said.output
