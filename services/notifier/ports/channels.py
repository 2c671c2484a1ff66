"""Ways to a customer."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from services.notifier.domain.delivery import Receipt
from services.notifier.domain.message import Text
from services.notifier.domain.policy import Route
from shared.contracts.purposes import Purpose


@dataclass(frozen=True, slots=True)
class Letter:
    """A message ready to be handed over: `to` is the address of the kind that the route asks for,
    `time` when it was decided, the same at every attempt, `preferences_url` where the customer says
    what they want (GET a page, POST to stop at once)."""

    id: str
    customer: str
    to: str
    name: str | None
    text: Text
    purpose: Purpose
    time: datetime
    preferences_url: str
    order: str | None = None


class Channel(Protocol):
    """A way to a customer. `idempotent` is whether handing the same letter over twice reaches the
    customer once; `schedule` has the waits between attempts, after the last of which a message
    has failed, RETRY_AFTER where the provider asks for no other."""

    route: Route
    idempotent: bool
    schedule: Sequence[timedelta]

    async def hand_over(self, letter: Letter) -> Receipt:
        """Try once. Never raises for what a server or a disk does."""

    async def forget(self, id: str) -> None:
        """Remove what the channel itself still holds of a letter."""

    async def close(self) -> None:
        """Let go of connections."""
