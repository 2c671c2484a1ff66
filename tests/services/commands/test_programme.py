"""`requite programme check` tells every fault with its line, by output and exit code."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from services.command_line import app
from shared.config import DEFAULT_PROGRAMME

runner = CliRunner()


@pytest.fixture
def programme(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the shipped programme, in the working directory."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("REQUITE_PROGRAMME_DIR", raising=False)
    return shutil.copytree(DEFAULT_PROGRAMME, tmp_path / "programme")


def test_a_clean_programme(programme: Path) -> None:
    result = runner.invoke(app, ["programme", "check", "programme"])
    assert result.exit_code == 0
    versions = "version [0-9a-f]{12}, formula [0-9a-f]{12}"
    assert re.fullmatch(rf"\d+ files, 0 problems, {versions}\n", result.output)


def test_faults_are_told_with_file_line_and_pointer(programme: Path) -> None:
    scoring = programme / "scoring.yaml"
    text = scoring.read_text(encoding="utf-8").replace(
        "dimension: community", "dimension: comunity", 1
    )
    scoring.write_text(text, encoding="utf-8")
    line = 1 + text[: text.index("dimension: comunity")].count("\n")
    result = runner.invoke(app, ["programme", "check", "programme"])
    assert result.exit_code == 1
    first, summary = result.output.splitlines()
    assert first == (
        f"programme/scoring.yaml:{line}:5: /acts/help/dimension: "
        "'comunity' is unknown. Did you mean 'community'?"
    )
    assert re.fullmatch(r"\d+ files, 1 problem", summary)


def test_faults_of_sources_and_channels_are_told_together(programme: Path) -> None:
    (programme / "sources").mkdir(exist_ok=True)
    shop = programme / "sources" / "shop.yaml"
    shop.write_text(
        "connector: mapping\noptions:\n  signature: {scheme: standard-webhooks}\n"
        "  mapping: {colour: red}\n",
        encoding="utf-8",
    )
    way = programme / "channels" / "way.yaml"
    way.write_text("adapter: webhook\noptions:\n  url: http://10.0.0.1/\n", encoding="utf-8")
    result = runner.invoke(app, ["programme", "check", "programme"])
    assert result.exit_code == 1
    channel, source, summary = result.output.splitlines()
    assert channel.startswith("programme/channels/way.yaml:3:1: /options/url: must begin with")
    assert source.startswith("programme/sources/shop.yaml:4:1: /options/mapping")
    assert summary.endswith("2 problems")
    leave = {"REQUITE_WEBHOOK_PRIVATE": "true"}
    result = runner.invoke(app, ["programme", "check", "programme"], env=leave)
    assert "way.yaml" not in result.output


def test_the_folder_may_come_from_the_environment(programme: Path) -> None:
    result = runner.invoke(app, ["programme", "check"], env={"REQUITE_PROGRAMME_DIR": "nowhere"})
    assert result.exit_code == 1
    assert result.output == "nowhere:1:1: is no folder\n0 files, 1 problem\n"


def test_without_a_folder_the_shipped_programme_is_checked(programme: Path) -> None:
    result = runner.invoke(app, ["programme", "check"])
    assert result.exit_code == 0


def test_the_command_line_starts_without_the_heavy_libraries() -> None:
    code = (
        "import sys, services.command_line\n"
        "heavy = {'fastapi', 'pydantic', 'pymongo', 'aiokafka', 'jsonschema', 'jinja2'}\n"
        "sys.exit(', '.join(heavy & sys.modules.keys()) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
