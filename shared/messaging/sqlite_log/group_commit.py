"""Group commit: what waits to be written at the same time shares one sync of the disk."""

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from shared.storage.sqlite import Database

Write = Callable[[sqlite3.Connection], None]


@dataclass(frozen=True, slots=True)
class _Waiting:
    write: Write
    done: asyncio.Future[None]


class GroupCommit:
    """Runs the writes that have gathered while the last transaction ran, in order, in one."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: list[_Waiting] = []
        self._worker: asyncio.Task[None] | None = None

    async def run(self, write: Write) -> None:
        """Done once `write` is on the disk. Raises Unavailable, then for its companions too."""
        waiting = _Waiting(write, asyncio.get_running_loop().create_future())
        self._waiting.append(waiting)
        if self._worker is None or self._worker.done():
            self._worker = asyncio.create_task(self._work())
        await waiting.done

    async def finish(self) -> None:
        """Wait until nothing is being written."""
        while self._worker is not None and not self._worker.done():
            await asyncio.wait([self._worker])

    async def _work(self) -> None:
        while self._waiting:
            group, self._waiting = self._waiting, []
            error = await self._write(group)
            for waiting in group:
                if waiting.done.done():
                    continue  # Whoever waited was cancelled.
                if error is None:
                    waiting.done.set_result(None)
                else:
                    waiting.done.set_exception(error)

    async def _write(self, group: Sequence[_Waiting]) -> Exception | None:
        def write(connection: sqlite3.Connection) -> None:
            for waiting in group:
                waiting.write(connection)

        try:
            await self._database.run(write)
        except Exception as error:
            return error
        return None
