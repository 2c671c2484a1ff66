"""Too much, too slow: what the edge does about a body or an answer without end."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from starlette.responses import StreamingResponse
from starlette.types import Message, Receive, Scope, Send

from shared.web.limits import LimitMiddleware, Limits
from tests.asgi import open_client
from tests.shared.web.demo import create_demo
from tests.shared.web.test_problems import problem_of

LIMITS = Limits(body_bytes=1000, seconds=0.05)


async def _chunks(count: int) -> AsyncIterator[bytes]:
    for _ in range(count):
        yield b"x" * 100


@pytest.mark.parametrize("path", ["/v1/echo", "/v1/things/a"])
@pytest.mark.parametrize("streamed", [True, False])
async def test_body_too_long(tmp_path: Path, path: str, streamed: bool) -> None:
    app = create_demo(tmp_path, Limits(body_bytes=1000))
    key = app.state.edge.keys.create("test", ["admin"])
    content = _chunks(11) if streamed else b"x" * 1001
    method = "POST" if path == "/v1/echo" else "PUT"
    async with open_client(app, key) as client:
        response = await client.request(method, path, content=content)
    assert response.status_code == 413
    assert problem_of(response)["detail"] == "A body may have 1000 bytes"


@pytest.mark.parametrize("streamed", [True, False])
async def test_body_of_just_the_size(tmp_path: Path, streamed: bool) -> None:
    app = create_demo(tmp_path, Limits(body_bytes=1000))
    key = app.state.edge.keys.create("test", ["admin"])
    content = _chunks(10) if streamed else b"x" * 1000
    async with open_client(app, key) as client:
        response = await client.post("/v1/echo", content=content)
    assert response.content == b"x" * 1000


async def test_slow_answer(tmp_path: Path) -> None:
    async with open_client(create_demo(tmp_path, LIMITS)) as client:
        response = await client.get("/v1/slow")
    assert response.status_code == 503
    assert problem_of(response)
    assert int(response.headers["retry-after"]) > 0


async def test_slow_caller(tmp_path: Path) -> None:
    app = create_demo(tmp_path, LIMITS)
    key = app.state.edge.keys.create("test", ["admin"])

    async def stalls() -> AsyncIterator[bytes]:
        yield b"x"
        await asyncio.Event().wait()

    async with open_client(app, key) as client:
        response = await client.post("/v1/echo", content=stalls())
    assert response.status_code == 408
    assert problem_of(response)
    assert response.headers["connection"] == "close"


async def test_a_response_that_has_begun_may_take_its_time() -> None:
    begun = asyncio.Event()
    go_on = asyncio.Event()
    sent: list[Message] = []

    async def content() -> AsyncIterator[bytes]:
        yield b"a"
        begun.set()
        await go_on.wait()
        yield b"b"

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await StreamingResponse(content())(scope, receive, send)

    async def receive() -> Message:
        await asyncio.Event().wait()
        raise AssertionError

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {"type": "http", "headers": [], "asgi": {"spec_version": "2.4"}}
    request = asyncio.create_task(LimitMiddleware(app, LIMITS)(scope, receive, send))
    await begun.wait()
    # The limit's own timer would have fired before this later one.
    await asyncio.wait([request], timeout=3 * LIMITS.seconds)
    go_on.set()
    await request
    assert b"".join(m.get("body", b"") for m in sent) == b"ab"


async def test_a_handler_s_own_timeout_is_not_the_limit() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        raise TimeoutError

    async def receive() -> Message:
        raise AssertionError

    async def send(message: Message) -> None:
        raise AssertionError

    with pytest.raises(TimeoutError):
        await LimitMiddleware(app, LIMITS)({"type": "http", "headers": []}, receive, send)
