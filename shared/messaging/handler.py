"""What the consumer loop asks of whoever handles a topic."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from shared.errors import RequiteError
from shared.messaging.ports import Batch, Delivery


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A record that can't be handled through its own fault; `reason` holds no personal data."""

    delivery: Delivery
    reason: str


class Rewind(RequiteError):
    """The handler's own state stands before the batch: read again from `position`."""

    def __init__(self, position: int) -> None:
        super().__init__(f"state stands at {position}")
        self.position = position


class Handler(Protocol):
    """Handles one batch of one partition; called again with the same records after a crash.

    Returns the records that it refuses; they go to `<topic>-dlt` before the position is
    committed. Raises Unavailable to be called again later with the same batch, Rewind to be
    given earlier records first; anything else ends the process.
    """

    async def __call__(self, batch: Batch) -> Sequence[DeadLetter]: ...
