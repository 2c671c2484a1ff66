"""One request to a provider and what came back, or how it failed."""

import asyncio
from collections.abc import Mapping
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from services.notifier.channels.guard import CONNECT_SECONDS, Forbidden
from services.notifier.domain.delivery import Receipt

SECONDS = 20.0
LONGEST_ASKED = timedelta(hours=1)
"""What a provider that asks for more patience gets."""


@dataclass(frozen=True, slots=True)
class Answer:
    """`body` is no longer than was asked for; empty where it is longer, or broke off."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Exchange:
    """At most `at_once` requests at a time by `client`, each within `seconds`."""

    def __init__(self, client: httpx.AsyncClient, at_once: int, seconds: float = SECONDS) -> None:
        self._client = client
        self._turn = asyncio.Semaphore(at_once)
        self._seconds = seconds
        self._timeout = httpx.Timeout(seconds, connect=CONNECT_SECONDS)

    async def post(
        self,
        url: str,
        headers: Mapping[str, str],
        body: bytes,
        *,
        method: str = "POST",
        most: int = 0,
    ) -> Answer | Receipt:
        """An answer with a body of at most `most` bytes; else the receipt of a failure: deferred
        if the request was never sent, else uncertain."""
        sent = False

        async def trace(event: str, _: Mapping[str, Any]) -> None:
            nonlocal sent
            sent = sent or event == "http11.send_request_headers.started"

        request = self._client.build_request(
            method,
            url,
            headers={"Accept-Encoding": "identity", **headers},
            content=body,
            timeout=self._timeout,
            extensions={"trace": trace},
        )
        async with self._turn:
            try:
                async with asyncio.timeout(self._seconds):
                    response = await self._client.send(request, stream=True)
            except Forbidden:
                return Receipt("deferred", "forbidden_address", "provider")
            except (httpx.TimeoutException, TimeoutError):
                return _failure("timeout", sent=sent)
            except httpx.TransportError:
                return _failure("connection_lost" if sent else "unreachable", sent=sent)
            async with aclosing(response):
                content = await self._read(response, most) if most else b""
        return Answer(response.status_code, response.headers, content)

    async def _read(self, response: httpx.Response, most: int) -> bytes:
        content = b""
        if response.headers.get("content-encoding", "identity") != "identity":
            return b""  # Nobody asked for that, and it may grow without end.
        try:
            async with asyncio.timeout(self._seconds):
                async for part in response.aiter_bytes():
                    content += part
                    if len(content) > most:
                        return b""
        except (httpx.TransportError, TimeoutError):
            return b""
        return content

    async def close(self) -> None:
        await self._client.aclose()


def _failure(code: str, *, sent: bool) -> Receipt:
    return Receipt("uncertain" if sent else "deferred", code, "provider")


def retry_after(headers: Mapping[str, str], now: datetime) -> timedelta | None:
    """What Retry-After asks for (RFC 9110, section 10.2.3), within limits."""
    text = headers.get("retry-after", "").strip()
    if text.isascii() and text.isdigit():
        return min(timedelta(seconds=int(text[:9])), LONGEST_ASKED)
    try:
        wait = parsedate_to_datetime(text) - now
    except (ValueError, TypeError, OverflowError):
        return None
    return min(max(wait, timedelta()), LONGEST_ASKED)
