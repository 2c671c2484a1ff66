"""A small SMTP server (RFC 5321) that answers as a test tells it, and counts what it is asked."""

import asyncio
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Self, cast

from tests.servers.ports import LOOPBACK

HANG_UP = "hang up"
"""In the place of an answer: the connection ends without one."""

SILENCE = "silence"
"""In the place of an answer: none comes, and the connection stays."""

_USUAL = {"QUIT": "221 2.0.0 bye", "DATA": "354 go ahead", "CONNECT": "220 test ESMTP"}
_OK = "250 2.0.0 OK"


@dataclass(slots=True)
class Peer:
    """One connection: its number from 1, and the mails it brought."""

    number: int
    commands: list[str] = field(default_factory=list)
    texts: list[bytes] = field(default_factory=list)


Answer = Callable[[Peer, str], str | None]
"""The answer to a verb (CONNECT and TEXT are those for a new connection and for a text), None for
the usual one. One that begins with 421 or 221 ends the connection."""


class ScriptedSmtp:
    """Listens within the running loop; `peers` are the connections that there were. Every text that
    was answered by 2xx is kept, unless `keep` says no; `count` has their number."""

    def __init__(
        self,
        answer: Answer = lambda _peer, _verb: None,
        *,
        extensions: tuple[str, ...] = ("8BITMIME", "ENHANCEDSTATUSCODES"),
        tls: ssl.SSLContext | None = None,
        keep: bool = True,
    ) -> None:
        self.answer = answer
        self.extensions = extensions
        self.keep = keep
        self.peers: list[Peer] = []
        self.open: set[asyncio.Transport] = set()
        self.quiet = asyncio.Event()
        self.count = 0
        self.port = 0
        self._tls = tls
        self._server: asyncio.Server | None = None

    @property
    def url(self) -> str:
        """smtp://host:port."""
        return f"smtp://{LOOPBACK}:{self.port}"

    @property
    def texts(self) -> list[bytes]:
        """Of all connections."""
        return [text for peer in self.peers for text in peer.texts]

    async def start(self, port: int = 0) -> None:
        """Listen; 0 picks a free port."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            lambda: _Session(self), LOOPBACK, port, ssl=self._tls
        )
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Listen no more, and hang up."""
        if self._server is not None:
            self._server.close()
        self.hang_up()

    def hang_up(self) -> None:
        """End all connections without a word."""
        for transport in tuple(self.open):
            transport.abort()

    async def until_quiet(self, seconds: float = 5.0) -> None:
        """Until no connection is open any more. Raises TimeoutError."""
        async with asyncio.timeout(seconds):
            await self.quiet.wait()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()


class _Session(asyncio.Protocol):
    def __init__(self, server: ScriptedSmtp) -> None:
        self._server = server
        self._buffer = bytearray()
        self._in_text = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._server.open.add(self._transport)
        self._server.quiet.clear()
        self._peer = Peer(len(self._server.peers) + 1)
        self._server.peers.append(self._peer)
        self._reply("CONNECT")

    def connection_lost(self, exc: Exception | None) -> None:
        self._server.open.discard(self._transport)
        if not self._server.open:
            self._server.quiet.set()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while (found := self._next()) is not None:
            if self._in_text:
                self._end_of(found)
            else:
                self._command(found.decode())

    def _next(self) -> bytes | None:
        mark = b"\r\n.\r\n" if self._in_text else b"\r\n"
        head, found, rest = bytes(self._buffer).partition(mark)
        if not found:
            return None
        self._buffer = bytearray(rest)
        return head

    def _command(self, line: str) -> None:
        if self._server.keep:
            self._peer.commands.append(line)
        verb = line.partition(" ")[0].upper()
        answer = self._reply(verb)
        self._in_text = verb == "DATA" and answer.startswith("354")

    def _end_of(self, text: bytes) -> None:
        self._in_text = False
        if self._reply("TEXT").startswith("2"):
            self._server.count += 1
            if self._server.keep:
                self._peer.texts.append((text + b"\r\n").replace(b"\r\n..", b"\r\n."))

    def _reply(self, verb: str) -> str:
        answer = self._server.answer(self._peer, verb) or self._usual(verb)
        if answer == HANG_UP:
            self._transport.abort()
        elif answer != SILENCE:
            self._transport.write(f"{answer}\r\n".encode())
            if answer.startswith(("421", "221")):
                self._transport.close()
        return answer

    def _usual(self, verb: str) -> str:
        if verb == "EHLO":
            lines = ("test", *self._server.extensions)
            return "\r\n".join(f"250{' ' if line == lines[-1] else '-'}{line}" for line in lines)
        return _USUAL.get(verb, _OK)
