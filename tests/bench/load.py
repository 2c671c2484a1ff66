"""A closed-loop HTTP load generator: one request in flight on each of some connections."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from time import perf_counter


@dataclass(frozen=True, slots=True)
class Load:
    """What a run did: requests a second, and seconds by which half and 99 % were answered."""

    rate: float
    median: float
    p99: float


def post(path: str, host: str, media_type: str, body: bytes, key: str | None) -> bytes:
    """The bytes of a POST."""
    authorisation = f"Authorization: Bearer {key}\r\n" if key else ""
    head = (
        f"POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: {media_type}\r\n{authorisation}"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def get(path: str, host: str, key: str | None) -> bytes:
    """The bytes of a GET."""
    authorisation = f"Authorization: Bearer {key}\r\n" if key else ""
    return f"GET {path} HTTP/1.1\r\nHost: {host}\r\n{authorisation}\r\n".encode()


class _Connection(asyncio.Protocol):
    def __init__(self, requests: "asyncio.Queue[bytes]", expected: bytes) -> None:
        self._requests = requests
        self._expected = expected
        self._buffer = b""
        self._sent = 0.0
        self._transport: asyncio.Transport | None = None
        self.times: list[float] = []
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._send()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head_end = self._buffer.find(b"\r\n\r\n")
        if head_end < 0:
            return
        head = self._buffer[:head_end].lower()
        at = head.find(b"content-length:")
        length = int(head[at + 15 :].split(b"\r\n", 1)[0])
        if len(self._buffer) < head_end + 4 + length:
            return
        if not self._buffer.startswith(self._expected):
            self._fail(RuntimeError(f"unexpected answer: {self._buffer[:400]!r}"))
            return
        self.times.append(perf_counter() - self._sent)
        self._buffer = b""
        self._send()

    def connection_lost(self, error: Exception | None) -> None:
        self._fail(error or ConnectionError("the server closed the connection"))

    def _send(self) -> None:
        assert self._transport is not None
        if self._requests.empty():
            if not self.done.done():
                self.done.set_result(None)
            self._transport.abort()
            return
        self._sent = perf_counter()
        self._transport.write(self._requests.get_nowait())

    def _fail(self, error: Exception) -> None:
        if not self.done.done():
            self.done.set_exception(error)


async def drive(
    host: str, port: int, requests: Sequence[bytes], connections: int, status: int
) -> Load:
    """Send all `requests`; raises RuntimeError for any answer other than `status`."""
    queue: asyncio.Queue[bytes] = asyncio.Queue()
    for request in requests:
        queue.put_nowait(request)
    loop = asyncio.get_running_loop()
    started = perf_counter()
    opened = [
        (
            await loop.create_connection(
                lambda: _Connection(queue, b"HTTP/1.1 %d" % status), host, port
            )
        )[1]
        for _ in range(connections)
    ]
    await asyncio.gather(*(connection.done for connection in opened))
    seconds = perf_counter() - started
    times = sorted(time for connection in opened for time in connection.times)
    return Load(
        rate=len(requests) / seconds,
        median=times[len(times) // 2],
        p99=times[int(len(times) * 0.99)],
    )
