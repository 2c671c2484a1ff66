"""Deliveries of platforms: proved, read, carried out; those that can't be read are kept."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from services.events.connectors.port import Connector, Delivery, Reading, SignatureRefused
from services.events.domain.delivery import NotedHeaders, as_event, kept_in, source_of
from services.events.domain.quarantine import Quarantined, quarantine_id
from services.events.ports.quarantine import Quarantine
from services.events.ports.webhook_secrets import WebhookSecrets
from services.events.use_cases.carrying_out import CarryOut
from shared.clock import Clock
from shared.contracts.cloudevents import CloudEvent
from shared.contracts.cloudevents.json_format import encode_event
from shared.errors import Invalid

Kind = Literal["accepted", "ignored", "quarantined", "refused"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a delivery: `accepted` acts and `refused` ones, which are in the quarantine
    like the whole delivery under `quarantine_id`; or the `reason` why it says nothing."""

    kind: Kind
    accepted: int = 0
    refused: int = 0
    reason: str = ""
    quarantine_id: str = ""


@dataclass(frozen=True, slots=True)
class ReceiveDeliveries:
    """One request of a platform, or one that was kept and is read again.

    `told` counts deliveries by source and by what became of them.
    """

    sources: Mapping[str, Connector]
    secrets: WebhookSecrets
    carry_out: CarryOut
    quarantine: Quarantine
    clock: Clock
    told: Callable[[str, Kind], None]

    async def __call__(self, source: str, headers: Mapping[str, str], body: bytes) -> Outcome:
        """Everything that the delivery says is durable once this returns.

        Raises KeyError for an unknown source, SignatureRefused, and Unavailable, after which the
        platform sends again.
        """
        connector = self.sources[source]
        noted = NotedHeaders(headers)
        delivery = Delivery(headers, body, self.clock.now())
        try:
            connector.verify(delivery, self.secrets.of(source))
        except SignatureRefused:
            self.told(source, "refused")
            raise
        try:
            reading = connector.read(replace(delivery, headers=noted))
            outcome = await self._do(source, reading)
        except Invalid as error:
            outcome = await self._keep(source, replace(delivery, headers=noted.noted), error)
        self.told(source, outcome.kind)
        return outcome

    def check(self, event: CloudEvent) -> None:
        """Raises Invalid where the delivery in `event` can't be read."""
        self._read(event)

    async def again(self, event: CloudEvent) -> Outcome:
        """Carry out what the delivery in `event` says. Raises Invalid, Unavailable."""
        source, reading = self._read(event)
        return await self._do(source, reading)

    async def _do(self, source: str, reading: Reading) -> Outcome:
        if reading.ignored:
            return Outcome("ignored", reason=reading.ignored)
        refused = await self.carry_out(source, reading)
        return Outcome("accepted", len(reading.acts) - refused, refused)

    def _read(self, event: CloudEvent) -> tuple[str, Reading]:
        source, kept = source_of(event), kept_in(event)
        connector = self.sources.get(source)
        if connector is None:
            raise Invalid("no source of the programme has this name", "/source")
        received_at = event.instant or self.clock.now()
        try:
            return source, connector.read(Delivery(kept.headers, kept.raw, received_at))
        except Invalid as error:
            raise Invalid(error.reason, _into_body(error)) from None

    async def _keep(self, source: str, delivery: Delivery, error: Invalid) -> Outcome:
        event = as_event(source, delivery.headers, delivery.body, delivery.received_at)
        entry = Quarantined(
            id=quarantine_id(event.id.encode()),
            body=encode_event(event),
            pointer=_into_body(error),
            reason=error.reason,
            received_at=delivery.received_at,
            event_id=event.id,
            source=event.source,
        )
        await self.quarantine.keep([entry])
        return Outcome("quarantined", reason=error.reason, quarantine_id=entry.id)


def _into_body(error: Invalid) -> str:
    """A pointer into the body as one into the event that keeps it. The body is text there, so
    this goes on where JSON Pointers end."""
    return f"/data/body{error.pointer}"
