"""A profile that is kept open, through the real app."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from services.engagement.use_cases.profile_changes import WatchProfiles
from tests.services.engagement.inbound.profile_app import (
    Answer,
    Running,
    act,
    open_running,
    person,
    tombstone,
)


@dataclass(slots=True)
class Stream:
    """What a caller of /changes has got so far."""

    task: asyncio.Task[None]
    leave: asyncio.Event
    messages: asyncio.Queue[dict[str, Any]] = field(default_factory=asyncio.Queue)
    pending: bytes = b""

    async def head(self) -> tuple[int, dict[str, str]]:
        """Status and headers."""
        message = await self.messages.get()
        assert message["type"] == "http.response.start"
        headers = {name.decode(): value.decode() for name, value in message["headers"]}
        return message["status"], headers

    async def next(self) -> bytes | None:
        """The next block: an event or a comment; None at the end."""
        while b"\n\n" not in self.pending:
            message = await self.messages.get()
            if not message.get("more_body"):
                return None
            self.pending += message["body"]
        block, _, self.pending = self.pending.partition(b"\n\n")
        return block

    async def event(self) -> tuple[str, str, Answer]:
        """Kind, id and data of the next event."""
        block = await self.next()
        while block is not None and block.startswith(b":"):
            block = await self.next()
        assert block is not None
        lines = dict(line.split(": ", 1) for line in block.decode().split("\n"))
        return lines["event"], lines.get("id", ""), msgspec.json.decode(lines["data"])


@pytest.fixture
async def running(tmp_path: Path) -> AsyncIterator[Running]:
    async with open_running(tmp_path, open_profiles=2) as opened:
        opened.app.state.engagement.watch.interval = 0.005
        await opened.people(person("c-1", name="Ana"))
        await opened.profile(until=lambda one: one["identity"] is not None)
        yield opened


@asynccontextmanager
async def opened(
    running: Running, customer: str = "c-1", *, has: str | None = None, tool: bool = False
) -> AsyncIterator[Stream]:
    """As a server would call the app for a caller who is there until the context ends."""
    client = running.tool if tool else running.desk
    headers = [(b"authorization", client.headers["Authorization"].encode())]
    headers += [] if has is None else [(b"last-event-id", has.encode())]
    path = f"/v1/profiles/{customer}/changes"
    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": headers,
        "server": ("engagement", 80),
        "client": ("127.0.0.1", 1),
    }
    leave = asyncio.Event()
    asked = False

    async def receive() -> dict[str, Any]:
        nonlocal asked
        if not asked:
            asked = True
            return {"type": "http.request", "body": b"", "more_body": False}
        await leave.wait()
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        stream.messages.put_nowait(message)

    async def call() -> None:
        await running.app(scope, receive, send)

    stream = Stream(asyncio.create_task(call()), leave)
    try:
        async with asyncio.timeout(20):
            yield stream
    finally:
        leave.set()
        async with asyncio.timeout(5):
            await stream.task


def open_now(running: Running) -> int:
    watch: WatchProfiles = running.app.state.engagement.watch
    return watch._open


async def test_an_event_whenever_something_has_changed(running: Running) -> None:
    async with opened(running) as stream:
        status, headers = await stream.head()
        assert status == 200
        assert headers["content-type"].startswith("text/event-stream")
        assert headers["cache-control"] == "no-store"
        kind, id, data = await stream.event()
        assert (kind, data["identity"]["name"]) == ("profile", "Ana")
        now = await running.desk.get("/v1/profiles/c-1")
        assert (id, data) == (now.headers["ETag"], now.json())
        await running.acts(act("a"))
        while not data["timeline"]["data"]:
            before, (kind, id, data) = id, await stream.event()
            assert id != before
        await running.people(person("c-1", 2, name="Eva"))
        while data["identity"]["name"] != "Eva":
            kind, id, data = await stream.event()
        await running.desk.post("/v1/profiles/c-1/notes", json={"text": "called"})
        while data["timeline"]["data"][0]["kind"] != "note":
            kind, id, data = await stream.event()
    assert open_now(running) == 0


async def test_scores_age_so_there_is_an_event_a_day(running: Running) -> None:
    async with opened(running) as stream:
        await stream.head()
        _, before, _ = await stream.event()
        running.clock.advance(timedelta(days=1))
        _, after, _ = await stream.event()
        assert after != before


async def test_who_has_it_already_hears_nothing_until_it_changes(running: Running) -> None:
    tag = (await running.desk.get("/v1/profiles/c-1")).headers["ETag"]
    watch: WatchProfiles = running.app.state.engagement.watch
    watch.quiet_after = 0.02
    async with opened(running, has=tag) as stream:
        await stream.head()
        assert await stream.next() == b": ping"
        assert await stream.next() == b": ping"
        await running.people(person("c-1", 2, name="Eva"))
        _, id, data = await stream.event()
        assert data["identity"]["name"] == "Eva"
        assert id != tag
    async with opened(running, has=tag) as stream:
        await stream.head()
        assert (await stream.event())[1] == id


async def test_identity_is_hidden_here_too(running: Running) -> None:
    async with opened(running, tool=True) as stream:
        await stream.head()
        _, _, data = await stream.event()
        assert (data["identity"], data["identity_hidden"]) == (None, True)


async def test_an_erasure_ends_it(running: Running) -> None:
    async with opened(running) as stream:
        await stream.head()
        await stream.event()
        await running.people(tombstone("c-1"))
        kind, _, data = await stream.event()
        assert (kind, data) == ("gone", {"merged_into": None})
        assert await stream.next() is None
        await stream.task


async def test_a_merge_ends_it(running: Running) -> None:
    async with opened(running) as stream:
        await stream.head()
        await stream.event()
        await running.people(person("c-1", 2, merged_into="c-2"))
        while (event := await stream.event())[0] != "gone":
            pass
        assert event[2] == {"merged_into": "c-2"}
        assert await stream.next() is None


async def test_a_key_that_was_revoked_ends_it(running: Running) -> None:
    async with opened(running) as stream:
        await stream.head()
        await stream.event()
        for key in running.infrastructure.keys.list():
            running.infrastructure.keys.revoke(key.id)
        assert await stream.next() is None


async def test_a_stop_of_the_server_ends_it(running: Running) -> None:
    running.app.state.engagement.watch.interval = 3600
    async with opened(running) as stream:
        await stream.head()
        await stream.event()
        running.infrastructure.stopping.set()
        assert await stream.next() is None
        await stream.task


async def test_so_many_at_once_and_no_more(running: Running) -> None:
    async with opened(running) as first, opened(running) as second:
        assert (await first.head())[0] == (await second.head())[0] == 200
        full = await running.desk.get("/v1/profiles/c-1/changes")
        assert full.status_code == 503
        assert int(full.headers["Retry-After"]) > 0
        assert full.json()["status"] == 503
        first.leave.set()
        await first.task
        async with opened(running) as third:
            assert (await third.head())[0] == 200
    assert open_now(running) == 0


async def test_of_nobody_there_is_nothing_to_hear(running: Running) -> None:
    assert (await running.desk.get("/v1/profiles/x/changes")).status_code == 404
    await running.people(person("c-1", 2, merged_into="c-2"))
    moved = await running.wait_for_status("/v1/profiles/c-1/changes", 308)
    assert moved.headers["Location"] == "/v1/profiles/c-2/changes"
