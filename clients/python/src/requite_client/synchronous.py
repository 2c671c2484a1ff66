"""The client for code that blocks: a thread sends what the outbox holds."""

import atexit
import os
import sqlite3
import threading
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from time import monotonic
from types import TracebackType
from typing import Any, Self

import httpx

from requite_client.courier import HEADERS, PATH, Courier, OnRefused, log, log_refusal
from requite_client.event import make_event
from requite_client.outbox import Outbox

LINGER_SECONDS = 0.05
LOOK_SECONDS = 5.0  # For what a process left that died with it in hand.
_POLL_SECONDS = 0.02


class Requite:
    """Tells the server at `url` what customers did.

    `key` needs the scope events:write. `source` names this shop or system in every event.
    `outbox` is a file on a disk that stays, `requite-outbox.sqlite` in the working folder if not
    said. What was not sent when a process ended is sent when the next one opens the same file.

    Use it as a context manager, or call `close` at the end; a normal exit of Python does too.
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
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._source = source
        self._outbox = Outbox(Path(outbox))
        self._courier = Courier(self._outbox, on_refused)
        self._http = httpx.Client(
            base_url=url,
            headers={"Authorization": f"Bearer {key}"},
            timeout=timeout,
            transport=transport,
        )
        self._wake = threading.Event()
        self._wake.set()  # An earlier process may have left something.
        self._stopping = threading.Event()
        self._sender: tuple[int, threading.Thread] | None = None
        self._starting = threading.Lock()
        self._start()
        atexit.register(self.close)

    def act(
        self,
        act: str,
        customer: str,
        data: Mapping[str, Any] | None = None,
        *,
        id: str | None = None,
        time: datetime | None = None,
    ) -> None:
        """A customer did something; on disk once this returns. See `make_event`.

        Raises ValueError or TypeError for what can't be an event; RuntimeError after `close`.
        """
        if self._stopping.is_set():
            raise RuntimeError("the client is closed")
        self._outbox.put(make_event(self._source, act, customer, data or {}, id=id, time=time))
        self._start()
        self._wake.set()

    @property
    def waiting(self) -> int:
        """How many acts the server does not have yet."""
        return len(self._outbox)

    def flush(self, timeout: float = 10.0) -> bool:
        """Wait until the server has everything; False if it does not within `timeout` seconds."""
        deadline = monotonic() + timeout
        self._wake.set()
        while self.waiting:
            if monotonic() >= deadline:
                return False
            threading.Event().wait(_POLL_SECONDS)
        return True

    def close(self, timeout: float = 5.0) -> None:
        """Send what can be sent within `timeout` seconds; the rest stays in the outbox."""
        atexit.unregister(self.close)
        if self._stopping.is_set():
            return
        if self._sender is not None and self._sender[0] == os.getpid():
            self.flush(timeout)
            self._stopping.set()
            self._wake.set()
            self._sender[1].join(timeout)
        self._stopping.set()
        self._http.close()
        self._outbox.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _start(self) -> None:
        # Threads do not survive a fork: a child of the process starts its own.
        with self._starting:
            if self._sender is None or self._sender[0] != os.getpid():
                thread = threading.Thread(target=self._send, name="requite-client", daemon=True)
                self._sender = os.getpid(), thread
                thread.start()

    def _send(self) -> None:
        while not self._stopping.is_set():
            self._wake.wait(LOOK_SECONDS)
            self._stopping.wait(LINGER_SECONDS)  # What comes at the same time goes together.
            self._wake.clear()
            try:
                self._send_all()
            except sqlite3.Error:  # A full disk, say. What is kept is sent once it works again.
                log.exception("the outbox does not work; trying again")
                self._stopping.wait(LOOK_SECONDS)

    def _send_all(self) -> None:
        while not self._stopping.is_set():
            batch = self._courier.next()
            if batch is None:
                return
            try:
                answer = self._http.post(PATH, content=batch.body, headers=HEADERS)
            except (httpx.HTTPError, RuntimeError):
                wait = self._courier.failed(batch)
            else:
                wait = self._courier.answered(
                    batch, answer.status_code, answer.headers, answer.content
                )
            if wait:
                self._stopping.wait(wait)
