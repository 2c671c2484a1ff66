"""Middleware that bounds what one request may take: bytes of body, seconds until its response."""

import asyncio
from dataclasses import dataclass

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.web.problems import RETRY_AFTER_SECONDS, problem_response

MEBIBYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """`seconds` runs until the response begins; a long download may take longer."""

    body_bytes: int = MEBIBYTE
    seconds: float = 30.0


class LimitMiddleware:
    """ASGI middleware: 413 for too long a body, 408 for a slow caller, 503 for a slow answer."""

    def __init__(self, app: ASGIApp, limits: Limits) -> None:
        self._app = app
        self._limits = limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if _declared_length(scope) > self._limits.body_bytes:
            await problem_response(413, _too_long(self._limits))(scope, receive, send)
            return
        body = _LimitedBody(receive, self._limits)
        began = False

        async def send_and_note(message: Message) -> None:
            nonlocal began
            if not began:
                began = True
                timer.reschedule(None)
            await send(message)

        try:
            async with asyncio.timeout(self._limits.seconds) as timer:
                await self._app(scope, body.receive, send_and_note)
        except TimeoutError:
            if began or not timer.expired():
                raise
            await _too_slow(body)(scope, receive, send)


class _LimitedBody:
    """Counts a body as it comes in; knows whether the caller is the one waited for."""

    def __init__(self, receive: Receive, limits: Limits) -> None:
        self._receive = receive
        self._limits = limits
        self._received = 0
        self.awaited = False

    async def receive(self) -> Message:
        self.awaited = True
        message = await self._receive()
        self.awaited = False
        self._received += len(message.get("body", b""))
        if self._received > self._limits.body_bytes:
            # The one exception that FastAPI's reading of bodies lets through.
            raise HTTPException(413, _too_long(self._limits), {"Connection": "close"})
        return message


def _declared_length(scope: Scope) -> int:
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit():
            return int(value)
    return 0


def _too_long(limits: Limits) -> str:
    return f"A body may have {limits.body_bytes} bytes"


def _too_slow(body: _LimitedBody) -> ASGIApp:
    if body.awaited:
        return problem_response(
            408, "The body did not arrive in time", headers={"Connection": "close"}
        )
    return problem_response(
        503, "The answer took too long", headers={"Retry-After": str(RETRY_AFTER_SECONDS)}
    )
