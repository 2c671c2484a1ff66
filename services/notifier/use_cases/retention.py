"""Forget what messages said once nobody is likely to ask."""

from dataclasses import dataclass
from datetime import timedelta

from services.notifier.ports.messages import MessageStore
from shared.clock import Clock, epoch_ms

TEXTS_FOR = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class ForgetTexts:
    """A message itself stays: that it was sent must never be forgotten."""

    messages: MessageStore
    clock: Clock

    async def __call__(self) -> bool:
        """One round. Raises Unavailable."""
        await self.messages.forget_texts(epoch_ms(self.clock.now() - TEXTS_FOR))
        return False
