"""Connections that are used again."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from services.notifier.channels.email.connection import Connection


@dataclass(frozen=True, slots=True)
class Limits:
    """At most `at_once` connections, each for `mails_each` mails and closed after `idle_seconds`
    without any."""

    at_once: int = 8
    mails_each: int = 100
    idle_seconds: float = 30.0


class Pool:
    """Lends each connection to one at a time; the one last used is the first to be used again.

    Whoever wants one enters `room` first."""

    def __init__(self, connect: Callable[[], Awaitable[Connection]], limits: Limits) -> None:
        self._connect = connect
        self._limits = limits
        self.room = asyncio.Semaphore(limits.at_once)
        self._idle: dict[Connection, asyncio.TimerHandle] = {}
        self._is_closed = False

    @asynccontextmanager
    async def connection(self, *, fresh: bool) -> AsyncIterator[Connection]:
        """One to be used alone, for one mail; with `fresh` it was never used before, so that its
        failures are not those of a connection that nobody looked after for a while.

        It is closed if anything is raised within. Raises what `connect` raises.
        """
        connection = None if fresh else self._take()
        if connection is None:
            connection = await self._connect()
        connection.uses += 1
        try:
            yield connection
        except BaseException:
            connection.close()
            raise
        self._give_back(connection)

    def close(self) -> None:
        """Close all that are idle, and from now on each that is given back."""
        self._is_closed = True
        for connection in tuple(self._idle):
            self._drop(connection)

    def _take(self) -> Connection | None:
        while self._idle:
            connection, timer = self._idle.popitem()
            timer.cancel()
            if connection.is_open:
                return connection
        return None

    def _give_back(self, connection: Connection) -> None:
        is_worn = connection.uses >= self._limits.mails_each
        if is_worn or self._is_closed or not connection.is_open:
            connection.quit()
            return
        loop = asyncio.get_running_loop()
        self._idle[connection] = loop.call_later(self._limits.idle_seconds, self._drop, connection)

    def _drop(self, connection: Connection) -> None:
        self._idle.pop(connection).cancel()
        connection.quit()
