"""The state of channels in SQLite."""

import sqlite3
from collections.abc import Mapping
from dataclasses import astuple

from services.notifier.ports.channel_states import ChannelState
from shared.storage.sqlite import Database

_COLUMNS = "name, failing_since, disabled_since, code"


class SqliteChannelStates:
    """Table channels."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def all(self) -> Mapping[str, ChannelState]:
        def read(connection: sqlite3.Connection) -> dict[str, ChannelState]:
            found = connection.execute(f"SELECT {_COLUMNS} FROM channels")
            return {row[0]: ChannelState(*row) for row in found}

        return await self._database.read(read)

    async def note(self, state: ChannelState) -> None:
        statement = f"INSERT OR REPLACE INTO channels ({_COLUMNS}) VALUES (?, ?, ?, ?)"
        await self._database.run(lambda connection: connection.execute(statement, astuple(state)))
