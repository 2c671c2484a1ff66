"""What an erasure reaches."""

from collections.abc import Collection
from typing import Protocol


class Forgetting(Protocol):
    """Anything that keeps something under a person's id or alias."""

    async def forget(self, subjects: Collection[str]) -> None:
        """Delete what is kept of these ids and aliases. Raises Unavailable."""
