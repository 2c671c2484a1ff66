"""Where the acts of a history go."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from shared.contracts.cloudevents import CloudEvent
from shared.errors import RequiteError


class TargetRefuses(RequiteError):
    """The target will not take anything from us: wrong key, wrong address."""


class Sink(Protocol):
    """Takes acts, as often as they are sent; the event's id says whether it counts."""

    async def send(self, events: Sequence[CloudEvent]) -> Mapping[int, str]:
        """Durable once this returns, but for those that it returns: index and reason.

        Raises Unavailable when patience is at its end; any part may have arrived then.
        Raises TargetRefuses.
        """
