"""A release is fetched once, whole, by one process at a time."""

import multiprocessing
from pathlib import Path

import pytest

from tests.servers.kafka_release import NEWEST, chosen_version, kafka_jars
from tests.servers.process import ServerUnavailable

# Stands in for Maven: says in a file that it was called, then makes the jar it was asked for.
_FETCHES = """\
#!/bin/sh
echo called >> "$REQUITE_CACHE/calls"
for argument in "$@"; do
  case "$argument" in -DoutputDirectory=*) out="${argument#-DoutputDirectory=}" ;; esac
done
/bin/mkdir "$out" && : > "$out/kafka.jar"
"""
_FAILS = """\
#!/bin/sh
echo '[ERROR] no route to host'
exit 1
"""


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache folder, and nothing on PATH but what a test puts into `bin`."""
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("REQUITE_CACHE", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    return tmp_path


def test_without_maven_the_reason_says_so(cache: Path) -> None:
    with pytest.raises(ServerUnavailable, match="mvn"):
        kafka_jars(NEWEST)


def test_a_failed_fetch_leaves_nothing_behind(cache: Path) -> None:
    _install_maven(cache, _FAILS)
    with pytest.raises(ServerUnavailable, match="no route to host"):
        kafka_jars(NEWEST)
    assert [path.name for path in (cache / "kafka").iterdir()] == [f"{NEWEST}.lock"]


def test_a_fetched_release_needs_maven_no_more(cache: Path) -> None:
    _install_maven(cache, _FETCHES)
    jars = kafka_jars("4.0.0")
    (cache / "bin" / "mvn").unlink()
    assert kafka_jars("4.0.0") == jars
    assert [jar.name for jar in jars.iterdir()] == ["kafka.jar"]


def test_two_runs_at_once_fetch_one_copy(cache: Path) -> None:
    _install_maven(cache, _FETCHES)
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        first, second = pool.map(kafka_jars, ["4.0.0", "4.0.0"])
    assert first == second
    assert (cache / "calls").read_text() == "called\n"


def test_the_environment_chooses_the_release(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("REQUITE_TEST_KAFKA_VERSION", raising=False)
    assert chosen_version() == NEWEST
    monkeypatch.setenv("REQUITE_TEST_KAFKA_VERSION", "4.1.1")
    assert chosen_version() == "4.1.1"


def _install_maven(cache: Path, script: str) -> None:
    program = cache / "bin" / "mvn"
    program.write_text(script)
    program.chmod(0o755)
