"""A provider's HTTP server on loopback, which keeps what it was asked and answers as told."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

HANG = b"hang"
"""Take the request and never answer."""
DROP = b"drop"
"""Take the request and close the connection."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One request; header names in lower case."""

    line: str
    headers: dict[str, str]
    body: bytes


@dataclass(slots=True)
class Provider:
    """`answers` are used one after the other, the last one for ever."""

    answers: list[bytes]
    port: int = 0
    asked: list[Asked] = field(default_factory=list)
    connections: int = 0
    at_once: int = 0
    most_at_once: int = 0
    names: list[str | None] = field(default_factory=list)
    open: dict["asyncio.Task[None]", asyncio.StreamWriter] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        if (task := asyncio.current_task()) is not None:
            self.open[task] = writer
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                self.at_once += 1
                self.most_at_once = max(self.most_at_once, self.at_once)
                await self._take(head.decode("latin-1"), reader)
                answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
                await asyncio.sleep(0)
                self.at_once -= 1
                if answer == HANG:
                    await reader.read()
                if answer in (HANG, DROP):
                    return
                writer.write(answer)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            return
        finally:
            writer.close()

    async def _take(self, head: str, reader: asyncio.StreamReader) -> None:
        line, *lines = head.strip().split("\r\n")
        pairs = (one.split(": ", 1) for one in lines)
        headers = {name.lower(): value for name, value in pairs}
        body = await reader.readexactly(int(headers.get("content-length", 0)))
        self.asked.append(Asked(line, headers, body))


def answer(status: int, body: bytes = b"", **headers: str) -> bytes:
    """A whole answer; a header's underscores stand for hyphens."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    lines = {"Content-Length": str(len(body)), **named}
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"HTTP/1.1 {status} X\r\n{head}\r\n".encode() + body


@asynccontextmanager
async def running(*answers: bytes, tls: ssl.SSLContext | None = None) -> AsyncIterator[Provider]:
    """A provider that listens while the context lasts."""
    provider = Provider(list(answers))
    if tls is not None:
        tls.sni_callback = lambda _, name, __: provider.names.append(name)
    server = await asyncio.start_server(provider.serve, "127.0.0.1", 0, ssl=tls)
    provider.port = server.sockets[0].getsockname()[1]
    try:
        yield provider
    finally:
        server.close()
        for writer in provider.open.values():
            writer.close()
        await asyncio.gather(*provider.open)
