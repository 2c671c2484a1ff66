"""`requite programme apply`, `status`, `revert` and `discard` against the whole embedded server."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner, Result

from services.command_line import app
from shared.config import DEFAULT_PROGRAMME
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
    event = {
        "specversion": "1.0",
        "source": "/shop",
        "type": "io.requite.act.help.v1",
        "data": {"topic": "a question"},
    }
    events = [event | {"id": str(n), "subject": f"c-{n % 3}"} for n in range(9)]
    with httpx.Client(base_url=process.url, headers={"Authorization": f"Bearer {key}"}) as client:
        media_type = {"Content-Type": "application/cloudevents-batch+json"}
        client.post("/v1/events", json=events, headers=media_type).raise_for_status()
        while client.get("/v1/programme/totals").json()["acts"].get("help") != len(events):
            pass
    yield process
    process.stop()


@pytest.fixture(autouse=True)
def at_first(server: Service) -> None:
    """Each test begins with the shipped formula alone."""
    call(server, "revert", "--yes")
    call(server, "discard")


@pytest.fixture
def programme(tmp_path: Path) -> Path:
    """The shipped programme with twice the points for help and a level that nobody reaches."""
    folder = shutil.copytree(DEFAULT_PROGRAMME, tmp_path / "programme")
    scoring = folder / "scoring.yaml"
    text = scoring.read_text(encoding="utf-8").replace("points: 10\n", "points: 20\n")
    champion = "  - {name: champion, from: 150}\n"
    assert champion in text
    legend = f"{champion}  - {{name: legend, from: 9000}}\n"
    scoring.write_text(text.replace(champion, legend), encoding="utf-8")
    return folder


def call(server: Service, *arguments: object) -> Result:
    key_file = server.folder / "api-key"
    options = ["--url", server.url, "--key-file", str(key_file)]
    return CliRunner().invoke(app, ["programme", *map(str, arguments), *options])


def test_a_formula_is_applied_shown_and_taken_back(server: Service, programme: Path) -> None:
    result = call(server, "apply", programme, "--yes")
    assert result.exit_code == 0, result.output
    assert "3 customers" in result.output
    assert "Levels" in result.output
    assert "Warning: nobody would reach 'legend' within a year" in result.output
    assert "Scores are made by formula" in result.output
    status = call(server, "status")
    assert "is the one before: `requite programme revert` goes back to it" in status.output
    assert "already" in call(server, "apply", programme).output
    assert call(server, "revert", "--yes").exit_code == 0
    again = call(server, "apply", programme, "--yes")
    assert again.exit_code == 0
    assert "is the one before" in again.output


def test_a_dry_run_changes_nothing(server: Service, programme: Path) -> None:
    before = call(server, "status").output
    result = call(server, "apply", programme, "--dry-run")
    assert result.exit_code == 0, result.output
    assert "Dry run: nothing is switched." in result.output
    assert call(server, "status").output == before


def test_nothing_is_switched_where_nobody_can_be_asked(server: Service, programme: Path) -> None:
    result = call(server, "apply", programme)
    assert result.exit_code == 2
    assert "say --yes" in result.output
    assert "is ready" in call(server, "status").output


def test_a_programme_with_faults_is_not_proposed(server: Service, programme: Path) -> None:
    scoring = programme / "scoring.yaml"
    text = scoring.read_text(encoding="utf-8").replace("dimension: community", "dimension: x", 1)
    scoring.write_text(text, encoding="utf-8")
    result = call(server, "apply", programme, "--yes")
    assert result.exit_code == 1
    assert "/dimension: 'x' is unknown" in result.output


def test_an_act_that_the_server_does_not_know_is_refused_with_its_place(
    server: Service, programme: Path
) -> None:
    help_act = (programme / "acts" / "help.yaml").read_text(encoding="utf-8")
    (programme / "acts" / "rescue.yaml").write_text(help_act, encoding="utf-8")
    scoring = programme / "scoring.yaml"
    text = scoring.read_text(encoding="utf-8")
    rule = "acts:\n  rescue: {dimension: community, points: 5}\n"
    scoring.write_text(text.replace("acts:\n", rule, 1), encoding="utf-8")
    result = call(server, "apply", programme, "--yes")
    assert result.exit_code == 1
    assert "#/formula/scoring/acts/rescue" in result.output


def test_what_can_not_be_reached_or_opened_is_said(
    server: Service, programme: Path, tmp_path: Path
) -> None:
    assert "no formula to go back to" in call(server, "revert", "--yes").output
    arguments = ["programme", "status", "--url", f"http://127.0.0.1:{free_port()}", "--key", "x"]
    away = CliRunner().invoke(app, arguments)
    assert away.exit_code == 3
    assert "can't be reached" in away.output
    arguments = ["programme", "status", "--url", server.url, "--key", "rq_wrong_key"]
    assert CliRunner().invoke(app, arguments).exit_code == 2
    missing = ["programme", "status", "--url", server.url, "--key-file", str(tmp_path / "none")]
    assert CliRunner().invoke(app, missing).exit_code == 2
