"""Processes come up, stop, die and never outlive their owner."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.servers.process import ServerProcess, ServerUnavailable

_SERVE = "import pathlib, time; pathlib.Path('up').touch(); time.sleep(600)"
_STUBBORN = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {_SERVE}"


class Script(ServerProcess):
    """Python code that is up once it has made the file `up`."""

    def __init__(self, folder: Path, code: str, *, start_seconds: float = 20.0) -> None:
        super().__init__("script", folder, start_seconds=start_seconds)
        self.code = code

    def prepare(self) -> None:
        (self.folder / "up").unlink(missing_ok=True)

    def command(self) -> Sequence[str]:
        return [sys.executable, "-c", self.code]

    def answers(self) -> bool:
        return (self.folder / "up").exists()


def test_stop_ends_it_with_sigterm(tmp_path: Path) -> None:
    server = Script(tmp_path, _SERVE)
    assert server.stop() is None
    server.start()
    assert server.is_running()
    assert server.stop() == -signal.SIGTERM
    assert not server.is_running()
    assert server.stop() == -signal.SIGTERM


def test_stop_kills_what_does_not_listen(tmp_path: Path) -> None:
    with Script(tmp_path, _STUBBORN) as server:
        assert server.stop(seconds=0.2) == -signal.SIGKILL


def test_kill_and_restart_give_a_new_process(tmp_path: Path) -> None:
    with Script(tmp_path, _SERVE) as server:
        first = server.pid
        server.kill()
        assert server.exit_code == -signal.SIGKILL
        server.restart()
        assert server.is_running()
        assert server.pid != first


def test_a_running_server_is_not_started_twice(tmp_path: Path) -> None:
    with Script(tmp_path, _SERVE) as server, pytest.raises(RuntimeError, match="runs already"):
        server.launch()


def test_one_that_ends_at_once_is_unavailable_and_its_log_says_why(tmp_path: Path) -> None:
    server = Script(tmp_path, "import sys; print('no disk left'); sys.exit(3)")
    with pytest.raises(ServerUnavailable, match=r"(?s)exit code 3.*no disk left"):
        server.start()


def test_one_that_never_answers_is_unavailable_and_killed(tmp_path: Path) -> None:
    server = Script(tmp_path, "import time; time.sleep(600)", start_seconds=0.3)
    with pytest.raises(ServerUnavailable, match="did not answer"):
        server.start()
    assert server.exit_code == -signal.SIGKILL


def test_a_program_that_is_not_there_is_unavailable(tmp_path: Path) -> None:
    class Missing(Script):
        def command(self) -> Sequence[str]:
            return ["/nowhere/program"]

    with pytest.raises(ServerUnavailable, match="nowhere"):
        Missing(tmp_path, "").start()


def test_the_end_of_the_starting_thread_does_not_end_the_server(tmp_path: Path) -> None:
    server = Script(tmp_path, _SERVE)
    thread = threading.Thread(target=server.start)
    thread.start()
    thread.join()
    with pytest.raises(subprocess.TimeoutExpired):
        _popen(server).wait(0.3)
    assert server.stop() == -signal.SIGTERM


def test_it_dies_with_its_owner(tmp_path: Path) -> None:
    owner = (
        "import os, pathlib, signal, sys\n"
        "from tests.servers_test.test_process import Script, _STUBBORN\n"
        "server = Script(pathlib.Path(sys.argv[1]), _STUBBORN)\n"
        "server.start()\n"
        "print(server.pid, flush=True)\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", owner, str(tmp_path)],
        cwd=Path(__file__).resolve().parents[2],
        stdout=subprocess.PIPE,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == -signal.SIGKILL
    _wait_until_gone(int(done.stdout))


def _popen(server: ServerProcess) -> subprocess.Popen[bytes]:
    assert server._process is not None
    return server._process


def _wait_until_gone(pid: int, seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        state = Path(f"/proc/{pid}/stat")
        if not state.exists() or state.read_text().rpartition(")")[2].split()[0] == "Z":
            return
        time.sleep(0.02)
    os.kill(pid, signal.SIGKILL)
    pytest.fail(f"process {pid} outlived its owner")
