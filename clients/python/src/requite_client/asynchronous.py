"""The client for asyncio: a task sends what the outbox holds."""

import asyncio
import os
import sqlite3
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx

from requite_client.courier import HEADERS, PATH, Courier, OnRefused, log, log_refusal
from requite_client.event import make_event
from requite_client.outbox import Outbox

LINGER_SECONDS = 0.05
LOOK_SECONDS = 5.0  # For what a process left that died with it in hand.
_POLL_SECONDS = 0.02


class AsyncRequite:
    """Tells the server at `url` what customers did; the same as `Requite`, for asyncio.

    It works inside `async with`, which on its way out sends what can be sent.
    """

    def __init__(
        self,
        url: str,
        key: str,
        source: str,
        *,
        outbox: str | os.PathLike[str] = "requite-outbox.sqlite",
        on_refused: OnRefused = log_refusal,
        timeout: float = 10.0,
        close_timeout: float = 5.0,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._source = source
        self._outbox = Outbox(Path(outbox))
        self._courier = Courier(self._outbox, on_refused)
        self._close_timeout = close_timeout
        self._http = httpx.AsyncClient(
            base_url=url,
            headers={"Authorization": f"Bearer {key}"},
            timeout=timeout,
            transport=transport,
        )
        self._wake = asyncio.Event()
        self._sender: asyncio.Task[None] | None = None

    async def act(
        self,
        act: str,
        customer: str,
        data: Mapping[str, Any] | None = None,
        *,
        id: str | None = None,
        time: datetime | None = None,
    ) -> None:
        """A customer did something; on disk once this returns. See `make_event`.

        Raises ValueError or TypeError for what can't be an event; RuntimeError outside of
        `async with`.
        """
        if self._sender is None:
            raise RuntimeError("the client is not open: use it in `async with`")
        event = make_event(self._source, act, customer, data or {}, id=id, time=time)
        await asyncio.to_thread(self._outbox.put, event)
        self._wake.set()

    @property
    def waiting(self) -> int:
        """How many acts the server does not have yet."""
        return len(self._outbox)

    async def flush(self, timeout: float = 10.0) -> bool:
        """Wait until the server has everything; False if it does not within `timeout` seconds."""
        self._wake.set()
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout):
                # Another process may settle them, and it has no event to set here.
                while self.waiting:  # noqa: ASYNC110
                    await asyncio.sleep(_POLL_SECONDS)
                return True
        return False

    async def __aenter__(self) -> Self:
        self._wake.set()  # An earlier process may have left something.
        self._sender = asyncio.create_task(self._send(), name="requite-client")
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        sender, self._sender = self._sender, None
        if sender is not None:
            await self.flush(self._close_timeout)
            sender.cancel()
            with suppress(asyncio.CancelledError):
                await sender
        await self._http.aclose()
        self._outbox.close()

    async def _send(self) -> None:
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_SECONDS):
                    await self._wake.wait()
            await asyncio.sleep(LINGER_SECONDS)  # What comes at the same time goes together.
            self._wake.clear()
            try:
                await self._send_all()
            except sqlite3.Error:  # A full disk, say. What is kept is sent once it works again.
                log.exception("the outbox does not work; trying again")
                await asyncio.sleep(LOOK_SECONDS)

    async def _send_all(self) -> None:
        while batch := await asyncio.to_thread(self._courier.next):
            try:
                answer = await self._http.post(PATH, content=batch.body, headers=HEADERS)
            except httpx.HTTPError:
                wait = await asyncio.to_thread(self._courier.failed, batch)
            else:
                wait = await asyncio.to_thread(
                    self._courier.answered,
                    batch,
                    answer.status_code,
                    answer.headers,
                    answer.content,
                )
            if wait:
                await asyncio.sleep(wait)
