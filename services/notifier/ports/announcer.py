"""Telling others."""

from collections.abc import Sequence
from typing import Protocol

from services.notifier.domain.decision import Decision
from services.notifier.domain.message import Message
from shared.contracts.messages import Preferred


class Announcer(Protocol):
    """Durable once a method returns; told again after a crash with the same ids."""

    async def decided(self, decisions: Sequence[Decision]) -> None:
        """What was concluded."""

    async def delivered(self, messages: Sequence[Message]) -> None:
        """What became of messages."""

    async def preferred(self, customer: str, told: Preferred) -> None:
        """What a customer wants from now on."""
