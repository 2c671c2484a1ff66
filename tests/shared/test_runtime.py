"""A whole process: its start, its signals, its exit codes."""

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr, ValidationError

from shared.config import Settings
from shared.contracts.topics import ACTS
from shared.messaging.ports import Record
from shared.runtime import explain, open_infrastructure

PROGRAM = """
import asyncio, sys
from contextlib import asynccontextmanager
from fastapi import APIRouter
from fastapi.responses import StreamingResponse
from shared.runtime import Infrastructure, run
from shared.web.app import Endpoints, Service, create_web_app

def say(word):
    print(word, flush=True)

def create_app(infrastructure: Infrastructure):
    router = APIRouter()
    die = asyncio.Event()

    @router.get("/v1/slow")
    async def slow() -> str:
        say("asked")
        if MODE == "answers":
            return (await asyncio.to_thread(sys.stdin.readline)).strip()
        await asyncio.Event().wait()

    @router.get("/v1/endless")
    async def endless() -> StreamingResponse:
        async def parts():
            yield b"begun"
            await infrastructure.stopping.wait()
            yield b" ended"

        return StreamingResponse(parts())

    @router.get("/v1/die")
    async def dies() -> None:
        die.set()

    async def consume() -> None:
        await die.wait()
        raise RuntimeError("consumer broke")

    @asynccontextmanager
    async def lifespan(app):
        if MODE == "fails":
            raise RuntimeError("cannot start")
        async with infrastructure.supervise() as supervisor:
            supervisor.start("consumer", consume())
            yield
            say("drained")
        if MODE == "hangs":
            await asyncio.Event().wait()

    service = Service("t", "T", "t")
    return create_web_app(service, infrastructure.edge, Endpoints([router]), lifespan)

MODE = sys.argv[1]
sys.exit(run(create_app, say))
"""


class Process:
    """A server in a process of its own; what it says on stdout comes line by line."""

    def __init__(self, folder: Path, mode: str, **settings: str) -> None:
        environment = {f"REQUITE_{name}": value for name, value in settings.items()}
        environment = {"REQUITE_PORT": "0", "REQUITE_DATA_DIR": str(folder / "data")} | environment
        self.errors = folder / "stderr"
        with self.errors.open("wb") as stderr:
            self.popen = subprocess.Popen(
                [sys.executable, "-c", PROGRAM, mode],
                env=os.environ | environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=stderr,
                text=True,
            )

    def hear(self) -> str:
        assert self.popen.stdout is not None
        return self.popen.stdout.readline().strip()

    def tell(self, line: str) -> None:
        assert self.popen.stdin is not None
        self.popen.stdin.write(line)
        self.popen.stdin.flush()

    def exit_code(self) -> int:
        return self.popen.wait(20)


@contextmanager
def started(folder: Path, mode: str = "plain", **settings: str) -> Iterator[Process]:
    process = Process(folder, mode, **settings)
    try:
        yield process
    finally:
        process.popen.kill()
        process.popen.wait()
        for pipe in (process.popen.stdin, process.popen.stdout):
            if pipe is not None:
                pipe.close()


def accepts(url: str) -> bool:
    """Whether new connections are taken."""
    host, port = url.removeprefix("http://").split(":")
    try:
        socket.create_connection((host, int(port))).close()
    except (ConnectionRefusedError, ConnectionResetError):
        return False
    return True


@pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGINT])
def test_signal_stops_cleanly(tmp_path: Path, signum: signal.Signals) -> None:
    with started(tmp_path) as process:
        url = process.hear()
        assert httpx.get(f"{url}/livez").status_code == 200
        ready = httpx.get(f"{url}/readyz")
        assert ready.json()["checks"]["log"]["ok"] is True
        process.popen.send_signal(signum)
        assert process.hear() == "drained"
        assert process.exit_code() == 0
        assert '"clean":true' in process.errors.read_text()


def test_an_answer_without_end_ends_on_a_stop(tmp_path: Path) -> None:
    with started(tmp_path) as process:
        url = process.hear()
        with httpx.stream("GET", f"{url}/v1/endless", timeout=20) as response:
            parts = response.iter_raw()
            assert next(parts) == b"begun"
            process.popen.send_signal(signal.SIGTERM)
            assert b"".join(parts) == b" ended"
        assert process.exit_code() == 0
        assert '"clean":true' in process.errors.read_text()


def test_request_in_flight_is_answered(tmp_path: Path) -> None:
    with started(tmp_path, "answers") as process:
        url = process.hear()
        answers: list[str] = []

        def ask() -> None:
            answers.append(httpx.get(f"{url}/v1/slow").json())

        asking = threading.Thread(target=ask)
        asking.start()
        assert process.hear() == "asked"
        process.popen.terminate()
        while accepts(url):
            pass
        process.tell("done\n")
        assert process.hear() == "drained"
        asking.join()
        assert answers == ["done"]
        assert process.exit_code() == 0


def test_request_that_never_ends_is_cut_off_after_the_deadline(tmp_path: Path) -> None:
    with started(tmp_path, SHUTDOWN_SECONDS="0.2") as process:
        url = process.hear()
        outcomes: list[int | str] = []

        def ask() -> None:
            try:
                outcomes.append(httpx.get(f"{url}/v1/slow", timeout=15).status_code)
            except httpx.HTTPError:
                outcomes.append("cut off")

        asking = threading.Thread(target=ask)
        asking.start()
        assert process.hear() == "asked"
        process.popen.terminate()
        assert process.hear() == "drained"
        assert process.exit_code() == 0
        asking.join()
        assert outcomes != [200]


def test_death_of_a_supervised_task_ends_the_process(tmp_path: Path) -> None:
    with started(tmp_path) as process:
        url = process.hear()
        assert httpx.get(f"{url}/v1/die").status_code == 200
        assert process.hear() == "drained"
        assert process.exit_code() == 1
        assert "supervised_task_died" in process.errors.read_text()


def test_second_interrupt_ends_at_once(tmp_path: Path) -> None:
    with started(tmp_path, "hangs") as process:
        process.hear()
        process.popen.send_signal(signal.SIGINT)
        assert process.hear() == "drained"
        process.popen.send_signal(signal.SIGINT)
        assert process.exit_code() == 130


def test_lifespan_that_fails_ends_the_process(tmp_path: Path) -> None:
    with started(tmp_path, "fails") as process:
        assert process.exit_code() == 1
        assert "cannot start" in process.errors.read_text()


def test_port_that_is_taken_ends_the_process(tmp_path: Path) -> None:
    with started(tmp_path) as first:
        port = first.hear().rsplit(":", 1)[1]
        (tmp_path / "second").mkdir()
        with started(tmp_path / "second", PORT=port) as second:
            assert second.exit_code() == 1
            assert "address already in use" in second.errors.read_text()


def test_wrong_settings_are_named_one_a_line(tmp_path: Path) -> None:
    with started(tmp_path, PORT="eighty", LOG_LEVEL="loud") as process:
        assert process.exit_code() == 2
        lines = process.errors.read_text().splitlines()
    assert lines[0].startswith("REQUITE_PORT: Input should be a valid integer")
    assert lines[1] == "REQUITE_LOG_LEVEL: Input should be 'debug', 'info', 'warning' or 'error'"
    assert len(lines) == 2


def test_a_rule_across_settings_speaks_for_itself() -> None:
    with pytest.raises(ValidationError) as raised:
        Settings(messaging="kafka", link_secret=None)
    assert explain(raised.value) == ["REQUITE_LINK_SECRET must be set when services run apart"]
    with pytest.raises(ValidationError) as raised:
        Settings(messaging="kafka", link_secret=SecretStr("x"), pseudonym_key=None)
    assert explain(raised.value) == ["REQUITE_PSEUDONYM_KEY must be set when services run apart"]


async def test_secrets_are_made_once_and_kept_for_their_owner(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "data")
    async with open_infrastructure(settings) as first:
        secrets = {first.link_secret, first.pseudonym_key}
    assert len(secrets) == 2
    assert min(map(len, secrets)) >= 32
    async with open_infrastructure(settings) as second:
        assert {second.link_secret, second.pseudonym_key} == secrets
    for name in ("link-secret", "pseudonym-key"):
        assert (settings.data_dir / name).stat().st_mode & 0o777 == 0o600
    given = settings.model_copy(update={"pseudonym_key": SecretStr("as given")})
    async with open_infrastructure(given) as third:
        assert third.pseudonym_key == "as given"


async def test_infrastructure_has_a_working_log_and_keys(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "deep" / "data")
    async with open_infrastructure(settings) as infrastructure:
        await infrastructure.log.publish(ACTS.name, [Record(b"k", b"v")])
        async with infrastructure.log.subscribe("g", [ACTS.name]) as subscription:
            [batch] = await subscription.fetch(10, 5)
        assert [delivery.value for delivery in batch.deliveries] == [b"v"]
        assert infrastructure.keys.list() == ()
        assert len({infrastructure.ids() for _ in range(100)}) == 100
    assert (settings.data_dir.stat().st_mode & 0o777) == 0o700
