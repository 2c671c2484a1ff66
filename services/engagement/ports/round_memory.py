"""What rounds know of what they did last."""

from typing import Protocol


class RoundMemory(Protocol):
    """One text a name."""

    async def recall(self, name: str) -> str | None:
        """What was remembered last; None for nothing."""

    async def remember(self, name: str, text: str) -> None:
        """Replaces what was remembered before."""
