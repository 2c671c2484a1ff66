"""The state of channels in MongoDB."""

from collections.abc import Mapping
from dataclasses import asdict

from services.notifier.ports.channel_states import ChannelState
from shared.storage.mongo import Database, translating_errors


class MongoChannelStates:
    """Collection channels, by name."""

    def __init__(self, database: Database) -> None:
        self._channels = database["channels"]

    async def all(self) -> Mapping[str, ChannelState]:
        with translating_errors():
            found = await self._channels.find({}).to_list(None)
        return {one["_id"]: ChannelState(name=one.pop("_id"), **one) for one in found}

    async def note(self, state: ChannelState) -> None:
        values = asdict(state)
        name = values.pop("name")
        with translating_errors():
            await self._channels.replace_one({"_id": name}, values, upsert=True)
