"""Where the acts of a history go."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from shared.contracts.cloudevents import CloudEvent
from shared.errors import RequiteError


class TargetRefuses(RequiteError):
    """The target will not take anything from us: wrong key, wrong address."""


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of a batch: the reason by index for what was refused; all else is durable,
    though `waiting` acts of it wait until somebody is known by their alias."""

    refused: Mapping[int, str] = field(default_factory=dict)
    waiting: int = 0


class Sink(Protocol):
    """Takes acts, as often as they are sent; the event's id says whether it counts."""

    async def send(self, events: Sequence[CloudEvent]) -> Sent:
        """What is not refused is durable once this returns.

        Raises Unavailable when patience is at its end; any part may have arrived then.
        Raises TargetRefuses.
        """
