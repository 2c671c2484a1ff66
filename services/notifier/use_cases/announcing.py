"""Tell others of what was saved without being told: decisions that changed, and outcomes."""

from dataclasses import dataclass

from services.notifier.ports.announcer import Announcer
from services.notifier.ports.stores import Stores

AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class Announce:
    """Publish, then note that it is published: a crash in between publishes the same again."""

    stores: Stores
    announcer: Announcer

    async def __call__(self) -> bool:
        """One round; whether there may be more to do. Raises Unavailable."""
        decisions = await self.stores.decisions.unannounced(AT_ONCE)
        if decisions:
            await self.announcer.decided(decisions)
            await self.stores.decisions.announced(decisions)
        messages = await self.stores.messages.unannounced(AT_ONCE)
        if messages:
            await self.announcer.delivered(messages)
            await self.stores.messages.announced([message.id for message in messages])
        return AT_ONCE in (len(decisions), len(messages))
