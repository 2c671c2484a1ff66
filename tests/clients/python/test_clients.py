"""Both clients against the real service, through its deaths, and through their own."""

import asyncio
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from requite_client import AsyncRequite, Refusal, Requite
from requite_client.outbox import Batch, Outbox
from shared.clock import SystemClock
from shared.contracts.cloudevents import kafka_binding
from shared.contracts.topics import ACTS
from shared.messaging.sqlite_log import open_sqlite_log
from shared.web.keys import KeyRing
from tests.servers.ports import free_port
from tests.servers.service import PROJECT, Service

DATA = {"topic": "first brew"}

TELLER = """
import os, sys
from requite_client import Requite
url, key, outbox, number = sys.argv[1:]
requite = Requite(url, key, "/shop", outbox=outbox)
for n in range(int(number)):
    requite.act("help", "c-1", {}, id=f"dying-{n}")
os._exit(9)
"""


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    one = Service("events", tmp_path / "data", port=free_port(), settings={})
    one.start()
    try:
        yield one
    finally:
        one.stop()


@pytest.fixture
def key(service: Service) -> str:
    return KeyRing(service.folder / "api-keys.json").create("shop", ["events:write"])


@pytest.fixture
def outbox(tmp_path: Path) -> Path:
    return tmp_path / "outbox.sqlite"


async def _ids(service: Service, count: int) -> set[str]:
    """The ids on the topic, once there are so many."""
    found: set[str] = set()
    async with (
        asyncio.timeout(30),
        open_sqlite_log(service.folder / "log.sqlite", SystemClock()) as log,
        log.subscribe("test", [ACTS.name]) as member,
    ):
        while len(found) < count:
            for batch in await member.fetch(500, 5.0):
                events = (kafka_binding.decode(d.headers, d.value) for d in batch.deliveries)
                found |= {event.id for event in events}
    return found


async def test_acts_arrive_and_refusals_are_told(service: Service, key: str, outbox: Path) -> None:
    refused: list[Refusal] = []
    with Requite(service.url, key, "/shop", outbox=outbox, on_refused=refused.append) as requite:
        for number in range(700):
            requite.act("help", f"c-{number % 7}", DATA, id=str(number))
        requite.act("purchase", "c-1", {"order_id": "1"}, id="bad")
        assert requite.flush(30)
        assert requite.waiting == 0
    assert [(one.id, one.pointer) for one in refused] == [("bad", "/data")]
    assert refused[0].quarantine_id is not None
    assert await _ids(service, 700) == {str(number) for number in range(700)}


async def test_the_same_for_asyncio(service: Service, key: str, outbox: Path) -> None:
    async with AsyncRequite(service.url, key, "/shop", outbox=outbox) as requite:
        for number in range(20):
            await requite.act("help", "c-1", DATA, id=str(number))
    assert await _ids(service, 20) == {str(number) for number in range(20)}
    with pytest.raises(RuntimeError):
        await requite.act("help", "c-1", DATA)


async def test_nothing_is_lost_while_the_service_is_away(
    service: Service, key: str, outbox: Path
) -> None:
    service.kill()
    with Requite(service.url, key, "/shop", outbox=outbox) as requite:
        requite.act("help", "c-1", DATA, id="1")
        assert not requite.flush(0.3)
        service.restart()
        assert requite.flush(30)
    assert await _ids(service, 1) == {"1"}


async def test_nothing_is_lost_by_a_client_that_dies(
    service: Service, key: str, outbox: Path
) -> None:
    command = [sys.executable, "-c", TELLER, service.url, key, str(outbox), "40"]
    path = {"PYTHONPATH": str(PROJECT / "clients" / "python" / "src")}
    died = await asyncio.to_thread(subprocess.run, command, env=path, timeout=30, check=False)
    assert died.returncode == 9
    # What it had in hand is free again a minute later: another minute has to pass here.
    async with AsyncRequite(service.url, key, "/shop", outbox=outbox) as requite:
        requite._outbox.give_back(range(1, 41))
        assert await requite.flush(30)
    assert await _ids(service, 40) == {f"dying-{n}" for n in range(40)}


def test_closing_without_a_service_keeps_the_acts(tmp_path: Path) -> None:
    file = tmp_path / "outbox.sqlite"
    requite = Requite(f"http://127.0.0.1:{free_port()}", "rq_x_y", "/shop", outbox=file)
    requite.act("help", "c-1", DATA)
    requite.close(0.1)
    requite.close()
    with pytest.raises(RuntimeError):
        requite.act("help", "c-1", DATA)
    again = Requite(f"http://127.0.0.1:{free_port()}", "rq_x_y", "/shop", outbox=file)
    assert again.waiting == 1
    again.close(0.1)


async def test_an_outbox_that_failed_for_a_moment_ends_nothing(
    service: Service, key: str, outbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("requite_client.synchronous.LOOK_SECONDS", 0.05)
    monkeypatch.setattr("requite_client.asynchronous.LOOK_SECONDS", 0.05)
    take = Outbox.take
    failures: list[int] = []

    def fail_twice(self: Outbox, limit: int) -> Batch | None:
        if len(failures) < 2:
            failures.append(limit)
            raise sqlite3.OperationalError("database or disk is full")
        return take(self, limit)

    monkeypatch.setattr(Outbox, "take", fail_twice)
    with Requite(service.url, key, "/shop", outbox=outbox) as requite:
        requite.act("help", "c-1", DATA, id="1")
        assert await asyncio.to_thread(requite.flush, 30)
    assert len(failures) == 2
    failures.clear()
    async with AsyncRequite(service.url, key, "/shop", outbox=outbox) as requite_too:
        await requite_too.act("help", "c-1", DATA, id="2")
        assert await requite_too.flush(30)
    assert len(failures) == 2
    assert await _ids(service, 2) == {"1", "2"}
