"""What is known of channels beyond this process."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class ChannelState:
    """`failing_since` (ms) is the first failure after which nothing succeeded; one that is
    `disabled` takes no messages until somebody enables it again."""

    name: str
    failing_since: int | None = None
    disabled_since: int | None = None
    code: str | None = None


class ChannelStates(Protocol):
    """By channel; one that was never noted is fine."""

    async def all(self) -> Mapping[str, ChannelState]:
        """Every state that is kept."""

    async def note(self, state: ChannelState) -> None:
        """Keep this one in the place of the one before."""
