"""`requite import Posts.xml --map stackexchange` as a person calls it."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from services.commands.history_import import app
from tests.services.commands.target import KEY, Target, running_target
from tests.services.events.history.dumps import COFFEE, answer, question, write_posts


@pytest.fixture
def target() -> Iterator[Target]:
    with running_target() as target:
        yield target


@pytest.fixture(autouse=True)
def workplace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty current directory, and no settings from outside."""
    monkeypatch.chdir(tmp_path)
    for name in ("REQUITE_API_KEY", "REQUITE_DATA_DIR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


def call(*arguments: object) -> Result:
    """The command with these arguments."""
    words = [*arguments, "--map", "stackexchange"]
    return CliRunner().invoke(app, [str(word) for word in words])


def told(text: str) -> list[list[str]]:
    """The cells of the rows of all tables."""
    rows = (line for line in text.splitlines() if line.startswith("│"))
    return [[cell.strip() for cell in row.strip("│").split("│")] for row in rows]


@pytest.mark.skipif(not COFFEE.exists(), reason=f"{COFFEE.name} is not on the shelf")
def test_a_real_site_in_a_dry_run_and_sent(target: Target) -> None:
    counts = [
        ["taken", "552"],
        ["accepted answers", "105"],
        ["left out: wikis and the like", "40"],
    ]
    result = call(COFFEE, "--site", "coffee", "--dry-run")
    assert (result.exit_code, told(result.stdout)) == (0, counts)
    assert target.events == {}
    for _ in range(2):
        result = call(COFFEE, "--site", "coffee", "--url", target.url, "--key", KEY)
        assert result.exit_code == 0, result.output
        assert told(result.stdout) == counts
        assert "657 acts are durable, 0 were refused" in result.stdout
    kinds = Counter(event["type"] for event in target.events.values())
    assert kinds == {
        "io.requite.act.user_content.v1": 552,
        "io.requite.act.help_received.v1": 105,
    }


def test_the_site_is_taken_from_the_folder(target: Target, tmp_path: Path) -> None:
    rows = [question(1, 7, accepted=2), answer(2, 1), question(3, None)]
    file = write_posts(tmp_path / "coffee.stackexchange.com" / "Posts.xml", rows)
    result = call(file, "--url", target.url, "--key", KEY)
    assert result.exit_code == 0, result.output
    assert ["left out: without owner", "1"] in told(result.stdout)
    assert target.events["post-1"]["subject"] == "stackexchange:coffee:7"


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ([], "which site"),
        (["--site", "not a site"], "which site"),
        (["--site", "coffee", "--kafka", "127.0.0.1:1"], "--url"),
    ],
)
def test_wrong_use(tmp_path: Path, options: list[str], reason: str) -> None:
    file = write_posts(tmp_path / "Posts.xml", [question(1)])
    result = call(file, *options, "--key", KEY)
    assert result.exit_code == 2
    assert reason in result.stderr


def test_what_is_no_dump_sends_nothing(target: Target, tmp_path: Path) -> None:
    file = tmp_path / "Posts.xml"
    file.write_text("<!DOCTYPE a [<!ENTITY x 'y'>]><posts/>", "utf-8")
    result = call(file, "--site", "coffee", "--url", target.url, "--key", KEY)
    assert result.exit_code == 2
    assert "document type" in result.stderr
    assert target.events == {}
