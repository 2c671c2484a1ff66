"""The stack starts, restarts and stops its parts, with real servers and stand-in services."""

import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from pymongo import MongoClient

from shared.web.keys import KeyRing
from tests.servers.process import ServerUnavailable
from tests.servers.service import PROJECT
from tests.servers.stack import SERVICES, Stack

STAND_IN = (sys.executable, str(Path(__file__).parent / "stand_in_service.py"))
ALL_STAND_INS = dict.fromkeys(SERVICES, STAND_IN)

pytestmark = pytest.mark.live

_RUN = """\
import pathlib, sys
from rich.console import Console
from tests.servers.stack import Stack, run
from tests.servers_test.test_stack import ALL_STAND_INS
stack = Stack(pathlib.Path(sys.argv[1]), commands=ALL_STAND_INS)
sys.exit(run(stack, Console(width=200)))
"""


@pytest.fixture(scope="module", autouse=True)
def _servers_can_be_had(kafka_bootstrap: str, mongodb_url: str) -> None:
    """Skips where the shared servers cannot be had; the stack starts its own."""


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with Stack(tmp_path_factory.mktemp("stack"), commands=ALL_STAND_INS) as stack:
        yield stack


def test_services_are_told_where_everything_is(stack: Stack) -> None:
    for name in SERVICES:
        told = httpx.get(f"{stack.url(name)}/settings").json()
        assert told["REQUITE_MESSAGING"] == "kafka"
        assert told["REQUITE_KAFKA_BOOTSTRAP"] == stack.kafka.bootstrap
        assert told["REQUITE_STORAGE"] == "mongodb"
        assert told["REQUITE_MONGODB_URL"] == stack.mongod.url
        assert told["REQUITE_SMTP_URL"] == stack.mail.url
        own = "events" if name == "events" else "feedback"
        assert told["REQUITE_PUBLIC_URL"] == stack.url(own)
        assert told["REQUITE_DATA_DIR"] == str(stack.folder / name)


def test_each_part_can_be_killed_and_restarted(stack: Stack) -> None:
    for name, process in stack.processes.items():
        before = process.pid
        stack.kill(name)
        assert not process.is_running()
        assert stack.watch() is process
        stack.restart(name)
        assert process.is_running()
        assert process.pid != before


def test_a_second_start_takes_up_data_and_secret(tmp_path: Path) -> None:
    with (
        Stack(tmp_path, commands=ALL_STAND_INS) as stack,
        MongoClient[dict[str, int]](stack.mongod.url) as client,
    ):
        client["harness"]["acts"].insert_one({"number": 1})
    assert not any(process.is_running() for process in stack.processes.values())
    with Stack(stack.folder, commands=ALL_STAND_INS) as second:
        assert second.settings["REQUITE_LINK_SECRET"] == stack.settings["REQUITE_LINK_SECRET"]
        with MongoClient[dict[str, int]](second.mongod.url) as client:
            assert client["harness"]["acts"].count_documents({}) == 1
    assert (stack.folder / "link-secret").stat().st_mode & 0o777 == 0o600


def test_a_service_that_fails_stops_the_rest(tmp_path: Path) -> None:
    broken = {**ALL_STAND_INS, "feedback": (sys.executable, "-c", "raise SystemExit('no page')")}
    stack = Stack(tmp_path, commands=broken)
    with pytest.raises(ServerUnavailable, match="no page"):
        stack.start()
    assert not any(process.is_running() for process in stack.processes.values())


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_in_the_foreground_a_signal_stops_everything(
    tmp_path: Path, ending: signal.Signals
) -> None:
    with _foreground(tmp_path) as process:
        lines = _lines_until(process, "Ctrl-C stops everything.")
        process.send_signal(ending)
        rest = process.communicate(timeout=60)[0]
    assert process.returncode == 0
    assert rest.endswith("Stopped.\n")
    (shown,) = [line.split()[-1] for line in lines if line.startswith("API key")]
    principal = KeyRing(tmp_path / "api-keys.json").check(f"Bearer {shown}")
    assert principal is not None
    assert principal.may("events:write")
    assert all(any(name in line for line in lines) for name in ("kafka", "mongod", *SERVICES))


def test_in_the_foreground_a_dead_service_ends_it_with_an_error(tmp_path: Path) -> None:
    with _foreground(tmp_path) as process:
        lines = _lines_until(process, "Ctrl-C stops everything.")
        row = next(line for line in lines if "engagement" in line)
        pid = int(row.split("│")[3])
        subprocess.run(["kill", "-KILL", str(pid)], check=True)
        rest = process.communicate(timeout=60)[0]
    assert process.returncode == 1
    assert "engagement ended with exit code -9" in rest


def _foreground(folder: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", _RUN, str(folder)],
        cwd=PROJECT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def _lines_until(process: subprocess.Popen[str], last: str) -> list[str]:
    assert process.stdout is not None
    guard = threading.Timer(60, process.kill)
    guard.start()
    lines: list[str] = []
    for line in process.stdout:
        lines.append(line)
        if last in line:
            guard.cancel()
            return lines
    guard.cancel()
    raise AssertionError("".join(lines))
