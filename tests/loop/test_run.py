"""`requite run` as a newcomer meets it: an empty folder, a terminal, Ctrl-C."""

import json
import os
import re
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from tests.loop.deployment import text_of
from tests.loop.importing import REQUITE
from tests.loop.shop import Json
from tests.servers.ports import free_port

KEY = re.compile(r"\brq_[0-9a-f]{12}_[\w-]{20,}")
LAST_LINE = "Ctrl-C stops it"
STOP_SECONDS = 10
START_SECONDS = 60


@dataclass(slots=True)
class Run:
    """A running `requite run` and what it has printed until it was ready."""

    process: subprocess.Popen[str]
    printed: str
    rest: str = field(default="")

    def stop(self, ending: signal.Signals) -> int:
        """The exit code."""
        self.process.send_signal(ending)
        self.rest = self.process.communicate(timeout=STOP_SECONDS)[0]
        return self.process.returncode

    def commands(self) -> list[str]:
        """The commands to try, as printed."""
        return re.findall(r"^\s*(curl .*)$", self.printed, re.MULTILINE)


@pytest.fixture
def port() -> int:
    return free_port()


def test_from_an_empty_folder_to_a_thank_you(tmp_path: Path, port: int) -> None:
    with _running(tmp_path, port) as first:
        (key,) = set(KEY.findall(first.printed))
        assert first.printed.count(key) == 1
        _files_are_private(tmp_path / "data", key)
        _the_week_is_told(first.printed)
        _a_mail_is_shown_in_full(first.printed, tmp_path / "data" / "mail")
        sent, score, decisions = (_execute(one, tmp_path) for one in first.commands())
        assert sent == {"accepted": 1}
        assert score["customer"] == decisions["data"][0]["customer"]
        began = time.monotonic()
        assert first.stop(signal.SIGINT) == 0
        assert time.monotonic() - began < STOP_SECONDS
        assert "Traceback" not in first.printed + first.rest

    mails = set((tmp_path / "data" / "mail").iterdir())
    with _running(tmp_path, port) as second:
        assert KEY.findall(second.printed) == []
        assert _the_act_of_the_first_command_counts(second, tmp_path)
        assert second.stop(signal.SIGTERM) == 0
    # No second sample week; at most the mail for the act of the first command.
    assert len(set((tmp_path / "data" / "mail").iterdir()) - mails) <= 1


def test_a_wrong_setting_is_named(tmp_path: Path) -> None:
    environment = {**os.environ, "REQUITE_PORT": "http"}
    done = subprocess.run(
        [REQUITE, "run"], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=30
    )
    assert done.returncode == 2
    assert "REQUITE_PORT" in done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    assert list(tmp_path.iterdir()) == []


def _files_are_private(data: Path, key: str) -> None:
    assert (data / "api-key").read_text().strip() == key
    assert key not in (data / "api-keys.json").read_text()
    assert {path.stat().st_mode & 0o077 for path in data.rglob("*") if path.is_file()} == {0}


def _the_week_is_told(printed: str) -> None:
    for customer in ("c-101", "c-102", "c-103", "c-104"):
        assert re.search(rf"^.*{customer}.*\d+\.\d.*\d", printed, re.MULTILINE), customer
    for verdict in ("thanked", "held", "merged", "suppressed"):
        assert verdict in printed


def _a_mail_is_shown_in_full(printed: str, folder: Path) -> None:
    mails = [message_from_bytes(f.read_bytes(), policy=policy.default) for f in folder.iterdir()]
    assert len(mails) == 4
    assert str(folder.relative_to(folder.parents[1])) in printed
    texts = [text_of(mail).replace("\r\n", "\n").strip() for mail in mails]
    (shown,) = [text for text in texts if text in printed]
    assert re.search(r"^http\S+/s/\S+$", shown, re.MULTILINE)


def _the_act_of_the_first_command_counts(second: Run, folder: Path) -> bool:
    """That it is `help`, and that the same command sent again changes nothing."""
    send, ask, _ = second.commands()
    before = _execute(ask, folder)["acts"]
    assert _execute(send, folder) == {"accepted": 1}
    return bool(_execute(ask, folder)["acts"] == before)


def _execute(command: str, folder: Path) -> Json:
    done = subprocess.run(
        ["bash", "-c", command], cwd=folder, capture_output=True, text=True, timeout=30, check=True
    )
    answer: Json = json.loads(done.stdout)
    return answer


@contextmanager
def _running(folder: Path, port: int) -> Iterator[Run]:
    process = subprocess.Popen(
        [REQUITE, "run"],
        cwd=folder,
        env={**os.environ, "REQUITE_PORT": str(port)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    guard = threading.Timer(START_SECONDS, process.kill)
    guard.start()
    try:
        yield Run(process, _read_until_ready(process))
    finally:
        guard.cancel()
        process.kill()
        process.communicate()


def _read_until_ready(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    lines: list[str] = []
    for line in process.stdout:
        lines.append(line)
        if LAST_LINE in line:
            return "".join(lines)
    raise AssertionError("".join(lines))
