"""Which of many replicas does a piece of work."""

from typing import Protocol


class LeaseStore(Protocol):
    """One owner a name, for a time; times are ms since the epoch."""

    async def take(self, name: str, owner: str, now: int, until: int) -> bool:
        """Whether `owner` has it until `until`: it was free, had run out, or was theirs."""

    async def release(self, name: str, owner: str) -> None:
        """Free it if it is the owner's."""
