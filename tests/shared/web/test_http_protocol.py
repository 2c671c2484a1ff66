"""A head without end is cut off; one with many headers is not."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import uvicorn
from starlette.types import Receive, Scope, Send

from shared.web.http_protocol import MOST_HEAD_BYTES, BoundedHead


async def _answer(scope: Scope, receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 204, "headers": []})
    await send({"type": "http.response.body"})


@pytest.fixture
async def port() -> AsyncIterator[int]:
    config = uvicorn.Config(
        _answer, port=0, http=BoundedHead, lifespan="off", log_config=None, access_log=False
    )
    server = uvicorn.Server(config)
    config.load()
    server.lifespan = config.lifespan_class(config)
    await server.startup()
    yield server.servers[0].sockets[0].getsockname()[1]
    await server.shutdown()


async def _status(port: int, parts: list[bytes]) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.writelines([b"GET / HTTP/1.1\r\nHost: x\r\n", *parts])
        return (await reader.readline()).split()[1]
    finally:
        writer.close()


async def test_many_headers_are_served(port: int) -> None:
    headers = [b"X-%d: %s\r\n" % (n, b"a" * 100) for n in range(1000)]
    assert await _status(port, [*headers, b"\r\n"]) == b"204"


@pytest.mark.parametrize("unit", [b"a" * 1000, b"a\r\nX: "])
async def test_a_head_without_end_is_cut_off(port: int, unit: bytes) -> None:
    endless = unit * (2 * MOST_HEAD_BYTES // len(unit))
    async with asyncio.timeout(10):
        assert await _status(port, [b"X: ", endless]) == b"431"
