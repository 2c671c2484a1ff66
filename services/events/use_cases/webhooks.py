"""Deliveries of platforms, proved and kept: so far an answer goes, the rest is done after it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import count
from secrets import token_hex
from typing import Literal

from services.events.connectors.port import Connector, UnsignedTrial
from services.events.domain.arrival import Arrived
from services.events.ports.inbox import Inbox
from services.events.ports.webhook_secrets import WebhookSecrets
from shared.clock import Clock, epoch_ms
from shared.messaging.group_commit import GroupCommit
from shared.webhooks.delivery import Delivery, SignatureRefused

Kind = Literal["accepted", "ignored", "quarantined", "refused"]
Count = Callable[[str, Kind], None]
"""Counts deliveries by source and by what became of them."""


class ArrivalIds:
    """Ids of 32 hex digits that begin with the time, so that their order is that of arrival."""

    def __init__(self) -> None:
        self._process = token_hex(7)
        self._numbers = count()

    def __call__(self, milliseconds: int) -> str:
        """An id of this moment, since the epoch."""
        return f"{milliseconds:012x}{next(self._numbers) & 0xFFFFFF:06x}{self._process}"


@dataclass(slots=True)
class ReceiveDeliveries:
    """One request of a platform. Those that come in at the same time share a trip to the store.

    `wake` is called when there is something to carry out.
    """

    sources: Mapping[str, Connector]
    secrets: WebhookSecrets
    inbox: Inbox
    clock: Clock
    count: Count
    wake: Callable[[], None]
    _ids: ArrivalIds = field(default_factory=ArrivalIds, init=False)
    _together: GroupCommit[Arrived] = field(init=False)

    def __post_init__(self) -> None:
        self._together = GroupCommit(self.inbox.put, at_once=2)

    async def __call__(self, source: str, headers: Mapping[str, str], body: bytes) -> str:
        """The id under which the delivery waits, durably, to be carried out.

        Raises KeyError for an unknown source, SignatureRefused, UnsignedTrial, and Unavailable,
        after which the platform sends again.
        """
        connector = self.sources[source]
        now = self.clock.now()
        try:
            connector.verify(Delivery(headers, body, now), self.secrets.of(source))
        except SignatureRefused:
            self.count(source, "refused")
            raise
        except UnsignedTrial:
            self.count(source, "ignored")
            raise
        kept = {name: headers[name] for name in connector.reads if name in headers}
        arrived = Arrived(self._ids(epoch_ms(now)), source, kept, body, now)
        await self._together.run(arrived)
        self.wake()
        return arrived.id
