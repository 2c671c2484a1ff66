"""Outermost middleware: ids for the logs, a duration for the metrics, a 500 for what nobody caught.

It also completes each response's headers, since it already sees every response begin.
"""

import re
from collections.abc import Iterable
from time import perf_counter
from uuid import uuid4

import structlog
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog.contextvars import bind_contextvars, reset_contextvars

from shared.web.metrics import Metrics
from shared.web.problems import problem_response

UNMATCHED = "unmatched"
CLIENT_CLOSED_REQUEST = 499

_SANE_ID = re.compile(rb"[A-Za-z0-9._:-]{1,64}")
_TRACEPARENT = re.compile(rb"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}(-.*)?")

Header = tuple[bytes, bytes]

ALWAYS = [(b"x-content-type-options", b"nosniff"), (b"referrer-policy", b"no-referrer")]
UNLESS_SET = [
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"cache-control", b"no-store"),
]

log = structlog.get_logger()


class Observation:
    """ASGI middleware; knows nothing of what a request means."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = perf_counter()
        request_id, trace_id = identify(scope["headers"])
        status = 0

        async def observed_send(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = completed(message.get("headers", ()), request_id)
            await send(message)

        ids = {"request_id": request_id.decode("ascii")}
        if trace_id is not None:
            ids["trace_id"] = trace_id
        tokens = bind_contextvars(**ids)
        try:
            await self._app(scope, receive, observed_send)
        except ClientDisconnect:
            pass
        except Exception:
            log.exception("request_failed", method=scope["method"], route=route_of(scope))
            if status:
                raise
            await problem_response(500)(scope, receive, observed_send)
        finally:
            self._metrics.observe_request(
                scope["method"],
                route_of(scope),
                status or CLIENT_CLOSED_REQUEST,
                perf_counter() - started,
            )
            reset_contextvars(**tokens)


def identify(headers: Iterable[Header]) -> tuple[bytes, str | None]:
    """The request id, the caller's own where it is sane, and the trace id where a valid one is."""
    trace = None
    for name, value in headers:
        if name == b"traceparent":
            trace = trace_id(value)
    return sane_request_id(headers) or uuid4().hex.encode("ascii"), trace


def trace_id(traceparent: bytes) -> str | None:
    """The trace id of a traceparent header; None for one to ignore (W3C Trace Context, 3.2)."""
    match = _TRACEPARENT.fullmatch(traceparent)
    if match is None:
        return None
    version, trace, parent, more = match.groups()
    if (
        version == b"ff"
        or (version == b"00" and more)
        or not (trace.strip(b"0") and parent.strip(b"0"))
    ):
        return None
    return trace.decode("ascii")


def route_of(scope: Scope) -> str:
    """The template of the route that took the request, such as `/v1/scores/{customer}`."""
    return getattr(scope.get("route"), "path", None) or UNMATCHED


def sane_request_id(headers: Iterable[Header]) -> bytes | None:
    """The caller's own request id where it may be echoed and logged."""
    for name, value in headers:
        if name == b"x-request-id" and _SANE_ID.fullmatch(value):
            return value
    return None


def completed(headers: Iterable[Header], request_id: bytes) -> list[Header]:
    """A response's headers with what every response has."""
    given = list(headers)
    names = {name for name, _ in given}
    given += ALWAYS
    given += (default for default in UNLESS_SET if default[0] not in names)
    given.append((b"x-request-id", request_id))
    return given
