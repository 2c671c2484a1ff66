"""One server process: start it, wait until it answers, stop it, kill it, start it again."""

import os
import shutil
import subprocess
import time
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.servers.ports import is_free

_POLL_SECONDS = 0.02
_LOG_TAIL_LINES = 15
_LOG_TAIL_BYTES = 16_384

# The kernel ends a child when the *thread* that started it ends, so every child is started from
# one thread that lives as long as this process.
_launcher = ThreadPoolExecutor(max_workers=1, thread_name_prefix="server-launcher")


class ServerUnavailable(Exception):
    """A server cannot be had here, or did not come up; the message says why."""


class ServerProcess(ABC):
    """A server with its files in `folder` and its output in `folder/<name>.log`.

    The process leads its own session, so that Ctrl-C in a terminal reaches only its owner, and it
    is killed by the kernel when its owner dies. As a context manager: started on entry, stopped
    on exit.
    """

    def __init__(self, name: str, folder: Path, *, start_seconds: float = 60.0) -> None:
        self.name = name
        self.folder = folder.resolve()
        self.folder.mkdir(parents=True, exist_ok=True)
        self.log = self.folder / f"{name}.log"
        self.start_seconds = start_seconds
        self._process: subprocess.Popen[bytes] | None = None

    @abstractmethod
    def command(self) -> Sequence[str]:
        """Program and arguments."""

    @abstractmethod
    def answers(self) -> bool:
        """Whether the server serves requests now; quick, and False rather than an error."""

    def environment(self) -> Mapping[str, str]:
        """The environment of the process."""
        return os.environ

    @property
    def ports(self) -> Sequence[int]:
        """The loopback ports that it listens on."""
        return ()

    @property
    def working_folder(self) -> Path:
        """The folder that the process runs in."""
        return self.folder

    def prepare(self) -> None:  # noqa: B027 - most servers need no preparation
        """Make what the first start needs. Runs before every start."""

    def is_running(self) -> bool:
        """Whether the process lives (it need not answer yet)."""
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int:
        """Process id. Raises RuntimeError before the first start."""
        return self._started().pid

    @property
    def exit_code(self) -> int | None:
        """Exit code, minus the signal's number if a signal ended it; None while it runs."""
        return self._started().poll()

    def start(self) -> None:
        """Start and wait until it answers. Raises ServerUnavailable with the last log lines."""
        self.launch()
        self.wait_until_answering()

    def launch(self) -> None:
        """Start without waiting. Raises ServerUnavailable if it cannot be run on its ports."""
        if self.is_running():
            raise RuntimeError(f"{self.name} runs already")
        for port in self.ports:
            if not is_free(port):
                raise ServerUnavailable(f"{self.name} cannot listen: port {port} is taken")
        self.prepare()
        self._process = _launcher.submit(self._spawn).result()

    def wait_until_answering(self) -> None:
        """Wait for a launched server. Kills it and raises ServerUnavailable if it stays silent."""
        deadline = time.monotonic() + self.start_seconds
        while not self._answers_or_fails():
            if time.monotonic() > deadline:
                self.kill()
                raise self._failure(f"did not answer within {self.start_seconds:g} s")
            time.sleep(_POLL_SECONDS)

    def stop(self, seconds: float = 30.0) -> int | None:
        """SIGTERM, then SIGKILL after `seconds`. Returns the exit code; None if never started."""
        if self._process is None:
            return None
        self._process.terminate()
        try:
            return self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            return self._process.returncode

    def kill(self) -> None:
        """SIGKILL and wait until it is gone. Does nothing to a server that does not run."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def restart(self) -> None:
        """Stop if it runs, then start on the same port and data."""
        self.stop()
        self.start()

    def log_tail(self) -> str:
        """The last lines of the log."""
        if not self.log.exists():
            return ""
        with self.log.open("rb") as log:
            log.seek(max(0, self.log.stat().st_size - _LOG_TAIL_BYTES))
            lines = log.read().decode(errors="replace").splitlines()
        return "\n".join(lines[-_LOG_TAIL_LINES:])

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    def _spawn(self) -> subprocess.Popen[bytes]:
        with self.log.open("ab") as log:
            try:
                return subprocess.Popen(
                    [*_leash(), *self.command()],
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    cwd=self.working_folder,
                    env=dict(self.environment()),
                    start_new_session=True,
                )
            except OSError as error:
                raise ServerUnavailable(f"{self.name} cannot be run: {error}") from error

    def _answers_or_fails(self) -> bool:
        answering = self.answers()
        if not self.is_running():
            raise self._failure(f"ended with exit code {self.exit_code}")
        return answering

    def _failure(self, what: str) -> ServerUnavailable:
        return ServerUnavailable(f"{self.name} {what}; the end of its log:\n{self.log_tail()}")

    def _started(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            raise RuntimeError(f"{self.name} was never started")
        return self._process


def _leash() -> Sequence[str]:
    # setpriv becomes the program itself, so the process id stays the same.
    setpriv = shutil.which("setpriv")
    return (setpriv, "--pdeathsig", "KILL", "--") if setpriv else ()
