"""An open-loop HTTP load generator: requests leave when they are due, whatever became of others."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from time import perf_counter

_HEAD_END = b"\r\n\r\n"


class Connection(asyncio.Protocol):
    """One request at a time on a kept connection."""

    def __init__(self) -> None:
        self._buffer = b""
        self._answer: asyncio.Future[bytes] | None = None
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head_end = self._buffer.find(_HEAD_END)
        if head_end < 0:
            return
        head = self._buffer[:head_end].lower()
        length = int(head[head.find(b"content-length:") + 15 :].split(b"\r\n", 1)[0])
        if len(self._buffer) >= head_end + 4 + length and self._answer is not None:
            answer, self._buffer = self._buffer, b""
            self._answer.set_result(answer)

    def connection_lost(self, error: Exception | None) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(error or ConnectionError("the server closed"))

    async def request(self, request: bytes) -> bytes:
        """The whole answer, from `HTTP/1.1` on."""
        assert self._transport is not None
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return await self._answer

    def close(self) -> None:
        """At once."""
        if self._transport is not None:
            self._transport.abort()


class Pool:
    """Connections to one server; whoever asks waits for one that is free."""

    def __init__(self, free: "asyncio.LifoQueue[Connection]") -> None:
        self._free = free

    async def request(self, request: bytes, status: int | None = None) -> bytes:
        """The answer. Raises RuntimeError for another than `status`, if one is named."""
        connection = await self._free.get()
        try:
            answer = await connection.request(request)
        finally:
            self._free.put_nowait(connection)
        if status is not None and not answer.startswith(b"HTTP/1.1 %d" % status):
            raise RuntimeError(f"unexpected answer: {answer[:400]!r}")
        return answer


@asynccontextmanager
async def open_pool(host: str, port: int, connections: int) -> AsyncIterator[Pool]:
    """Connections that are open until the end of the context."""
    loop = asyncio.get_running_loop()
    opened = [(await loop.create_connection(Connection, host, port))[1] for _ in range(connections)]
    free: asyncio.LifoQueue[Connection] = asyncio.LifoQueue()
    for connection in opened:
        free.put_nowait(connection)
    try:
        yield Pool(free)
    finally:
        for connection in opened:
            connection.close()


async def drive_steadily(
    pool: Pool, requests: Iterable[bytes], rate: float, status: int
) -> list[float]:
    """Send requests at `rate` a second. Seconds from when each was due until it was answered, so
    that those count too which had to wait behind a slow one; sorted."""
    started = perf_counter()
    times: list[float] = []

    async def send(request: bytes, due: float) -> None:
        await pool.request(request, status)
        times.append(perf_counter() - due)

    async with asyncio.TaskGroup() as tasks:
        for number, request in enumerate(requests):
            due = started + number / rate
            if (early := due - perf_counter()) > 0:
                await asyncio.sleep(early)
            tasks.create_task(send(request, due))
    return sorted(times)


def quantile(times: list[float], share: float) -> float:
    """Of sorted times, in ms."""
    return 1000 * times[min(int(len(times) * share), len(times) - 1)]
