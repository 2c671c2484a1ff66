"""All of Requite as its users see it: addresses, mails, and processes that can be killed."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import TypeVar

import httpx

from services import engagement, events, feedback, notifier
from shared.web.keys import KeyRing
from tests.servers.ports import free_port
from tests.servers.process import ServerProcess
from tests.servers.service import Service
from tests.servers.stack import Stack

T = TypeVar("T")

PATHS: Mapping[str, Sequence[str]] = {
    "events": events.PATHS,
    "engagement": engagement.PATHS,
    "notifier": notifier.PATHS,
    "feedback": feedback.PATHS,
}
_POLL_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Deployment:
    """A running Requite. `urls` is by service; `parts` are its processes, `data` its files.

    `key` may do everything. `kafka` and `mongodb` are addresses, where there are such servers.
    """

    data: Path
    parts: Mapping[str, ServerProcess]
    urls: Mapping[str, str]
    key: str
    mails: Callable[[], Sequence[EmailMessage]]
    settings: Mapping[str, str] = field(default_factory=dict)
    mongodb: str | None = None

    @asynccontextmanager
    async def client(self) -> AsyncIterator[httpx.AsyncClient]:
        """A client that reaches every service by path, as through an ingress."""
        async with httpx.AsyncClient(
            transport=_ByPath(self.urls),
            base_url="http://requite.test",
            headers={"Authorization": f"Bearer {self.key}"},
            timeout=30,
        ) as client:
            yield client


@contextmanager
def embedded(folder: Path, settings: Mapping[str, str] | None = None) -> Iterator[Deployment]:
    """One process, on the log and the stores in `folder`."""
    key = KeyRing(folder / "api-keys.json").create("test", ["admin"])
    port = free_port()
    address = {"REQUITE_PUBLIC_URL": f"http://127.0.0.1:{port}"}
    process = Service("embedded", folder, port=port, settings={**address, **(settings or {})})
    with process:
        yield Deployment(
            folder,
            {"embedded": process},
            dict.fromkeys(PATHS, process.url),
            key,
            lambda: [_parse(file.read_bytes()) for file in sorted(folder.glob("mail/*.eml"))],
            process.settings,
        )


@contextmanager
def distributed(folder: Path, settings: Mapping[str, str] | None = None) -> Iterator[Deployment]:
    """Four processes, on a real Kafka and a real MongoDB."""
    with Stack(folder, settings=settings) as stack:
        yield Deployment(
            folder,
            stack.processes,
            {name: stack.url(name) for name in PATHS},
            stack.keys.create("test", ["admin"]),
            lambda: [mail.message for mail in list(stack.mail.mails)],
            stack.settings,
            stack.mongod.url,
        )


def text_of(mail: EmailMessage) -> str:
    """What a mail says, as plain text."""
    body = mail.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


async def eventually(check: Callable[[], Awaitable[T]], seconds: float = 30.0) -> T:
    """The result of `check` as soon as it passes. After `seconds` its last failure is raised:
    AssertionError, or httpx.TransportError from a server that is down."""
    deadline = asyncio.get_running_loop().time() + seconds
    while True:
        try:
            return await check()
        except (AssertionError, httpx.TransportError):
            if asyncio.get_running_loop().time() > deadline:
                raise
        await asyncio.sleep(_POLL_SECONDS)


class _ByPath(httpx.AsyncBaseTransport):
    def __init__(self, urls: Mapping[str, str]) -> None:
        self._network = httpx.AsyncHTTPTransport()
        self._bases = {
            path: httpx.URL(urls[name]) for name, paths in PATHS.items() for path in paths
        }

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        base = next(base for prefix, base in self._bases.items() if path.startswith(prefix))
        request.url = request.url.copy_with(host=base.host, port=base.port)
        return await self._network.handle_async_request(request)

    async def aclose(self) -> None:
        await self._network.aclose()


def _parse(raw: bytes) -> EmailMessage:
    return message_from_bytes(raw, policy=policy.default)
