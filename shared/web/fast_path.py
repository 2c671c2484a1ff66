"""Endpoints answered in front of the web framework, whose layers would cost more than the work.

A fast route keeps what the layers promise: ids, headers, limits, metrics and problems.
"""

import asyncio
import itertools
import secrets
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from time import perf_counter
from typing import Any, NamedTuple

import structlog
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from shared.web.limits import Limits
from shared.web.metrics import Metrics
from shared.web.observation import (
    ALWAYS,
    CLIENT_CLOSED_REQUEST,
    UNLESS_SET,
    Header,
    completed,
    sane_request_id,
)
from shared.web.problems import problem_of, problem_response
from shared.web.routes import path_as_sent

log = structlog.get_logger()


class Call(NamedTuple):
    """A request that has come in whole. `state` is the app's; `rest` what the path has in the
    place of the route's parameter; `query` the raw query string."""

    state: Any
    headers: list[Header]
    body: bytes
    rest: str = ""
    query: bytes = b""


class Reply(NamedTuple):
    """A response without headers of its own besides the content type."""

    status: int
    media_type: bytes
    body: bytes


Handler = Callable[[Call], Awaitable[Reply | Response]]


@dataclass(frozen=True, slots=True)
class FastRoute:
    """A method and a path, exact or with one parameter at its end (`/v1/things/{thing}`),
    which may be empty, and has slashes; unless the route is `deep`, these are sent as %2F.

    Everything that `handler` raises on purpose becomes a problem.
    """

    method: str
    path: str
    handler: Handler
    deep: bool = True

    @property
    def prefix(self) -> str:
        """The path up to its parameter."""
        return self.path.partition("{")[0]


class FastPath:
    """Answers its routes; `find` tells whether a request is for one of them."""

    def __init__(self, routes: Iterable[FastRoute], metrics: Metrics, limits: Limits) -> None:
        routes = list(routes)
        self._exact: Mapping[tuple[str, str], FastRoute] = {
            (route.method, route.path): route for route in routes if route.prefix == route.path
        }
        self._open = [route for route in routes if route.prefix != route.path]
        self._metrics = metrics
        self._limits = limits
        self._reads = _Reads(limits.seconds)
        self._prefix = secrets.token_hex(8).encode()
        self._numbers = itertools.count()

    def find(self, scope: Scope) -> FastRoute | None:
        """The route of an HTTP request, if it is one of these."""
        method, path = scope["method"], scope["path"]
        for route in self._open:
            if path.startswith(route.prefix) and (
                route.deep or path_as_sent(scope).count("/") == route.prefix.count("/")
            ):
                return route if method == route.method else None
        return self._exact.get((method, path))

    async def answer(
        self, route: FastRoute, state: Any, scope: Scope, receive: Receive, send: Send
    ) -> None:
        """One request from its head to the end of its response."""
        started = perf_counter()
        headers: list[Header] = scope["headers"]
        request_id = sane_request_id(headers)
        if request_id is None:
            request_id = b"%s%012x" % (self._prefix, next(self._numbers))
        status = CLIENT_CLOSED_REQUEST
        try:
            rest = scope["path"][len(route.prefix) :]
            body = self._read(headers, receive)
            call = partial(Call, state, headers, rest=rest, query=scope["query_string"])
            reply = await self._reply(route, call, body, request_id)
            status = reply.status if isinstance(reply, Reply) else reply.status_code
            await _send(reply, request_id, send)
        except ClientDisconnect:
            pass
        finally:
            seconds = perf_counter() - started
            self._metrics.observe_request(route.method, route.path, status, seconds)

    async def _reply(
        self,
        route: FastRoute,
        call: Callable[..., Call],
        reading: Awaitable[bytes],
        request_id: bytes,
    ) -> Reply | Response:
        try:
            return await route.handler(call(body=await reading))
        except ClientDisconnect:
            raise
        except Exception as error:
            problem = problem_of(error, () if route.method == "GET" else None)
            if problem is not None:
                return problem
            log.exception("request_failed", route=route.path, request_id=request_id.decode())
            return problem_response(500)

    async def _read(self, headers: list[Header], receive: Receive) -> bytes:
        most = self._limits.body_bytes
        for name, value in headers:
            if name == b"content-length" and value.isdigit() and int(value) > most:
                raise HTTPException(413, f"A body may have {most} bytes")
        with self._reads:
            message = await _next(receive)
            body: bytes = message.get("body", b"")
            if not message.get("more_body"):
                return body if len(body) <= most else _too_long(most)
            parts, length = [body], len(body)
            while message.get("more_body"):
                message = await _next(receive)
                parts.append(message.get("body", b""))
                length += len(parts[-1])
                if length > most:
                    _too_long(most)
            return b"".join(parts)


class _Reads:
    """Ends reads that take longer than `seconds`; costs the others no timer of their own."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._begun: dict[asyncio.Task[Any], float] = {}
        self._late: set[asyncio.Task[Any]] = set()
        self._sweep: asyncio.TimerHandle | None = None

    def __enter__(self) -> None:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - ASGI servers run requests as tasks
        loop = asyncio.get_running_loop()
        self._begun[task] = loop.time()
        if self._sweep is None:
            self._sweep = loop.call_later(self._seconds / 4, self._end_late)

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101
        self._begun.pop(task, None)
        if task in self._late:
            self._late.discard(task)
            if kind is asyncio.CancelledError and task.uncancel() == 0:
                raise HTTPException(408, "The body did not arrive in time", {"Connection": "close"})

    def _end_late(self) -> None:
        loop = asyncio.get_running_loop()
        self._sweep = None
        for task, begun in list(self._begun.items()):
            if loop.time() - begun > self._seconds:
                self._late.add(task)
                task.cancel()
        if self._begun:
            self._sweep = loop.call_later(self._seconds / 4, self._end_late)


async def _next(receive: Receive) -> Message:
    message = await receive()
    if message["type"] == "http.disconnect":
        raise ClientDisconnect
    return message


def _too_long(most: int) -> bytes:
    raise HTTPException(413, f"A body may have {most} bytes", {"Connection": "close"})


_COMMON: list[Header] = [*ALWAYS, *UNLESS_SET]


async def _send(reply: Reply | Response, request_id: bytes, send: Send) -> None:
    if isinstance(reply, Reply):
        status, body = reply.status, reply.body
        headers = [
            (b"content-length", b"%d" % len(body)),
            (b"content-type", reply.media_type),
            *_COMMON,
            (b"x-request-id", request_id),
        ]
    else:
        status, body = reply.status_code, bytes(reply.body)
        headers = completed(reply.raw_headers, request_id)
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
