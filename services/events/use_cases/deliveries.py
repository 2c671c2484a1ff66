"""Deliveries read and carried out; those that can't be are kept in the quarantine."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import structlog

from services.events.connectors.port import Connector, Reading
from services.events.domain.arrival import Arrived
from services.events.domain.delivery import as_event, kept_in, source_of
from services.events.domain.quarantine import Quarantined, quarantine_id
from services.events.ports.quarantine import Quarantine
from services.events.use_cases.carrying_out import CarryOut, Told
from services.events.use_cases.webhooks import Count, Kind
from shared.clock import Clock
from shared.contracts.cloudevents import CloudEvent
from shared.contracts.cloudevents.json_format import encode_event
from shared.errors import Invalid
from shared.webhooks.delivery import Delivery

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class ReadDeliveries:
    """What platforms have sent, or what was kept of it and is read again."""

    sources: Mapping[str, Connector]
    carry_out: CarryOut
    quarantine: Quarantine
    clock: Clock
    count: Count

    async def __call__(self, arrived: Sequence[Arrived]) -> None:
        """Everything that they say is durable once this returns, or they are in the quarantine
        with the reason. Raises Unavailable, after which all may be done again."""
        told = [self._tell(one) for one in arrived]
        await self.carry_out([one for one in told if not one.reading.ignored])
        faulty = [
            _quarantined(one, words.fault)
            for one, words in zip(arrived, told, strict=True)
            if words.fault is not None
        ]
        if faulty:
            await self.quarantine.keep(faulty)
        for words in told:
            self.count(words.source, _kind(words))

    def check(self, event: CloudEvent) -> None:
        """Raises Invalid where the delivery in `event` can't be read."""
        self._read_again(event)

    async def again(self, event: CloudEvent) -> None:
        """Carry out what the delivery in `event` says. Raises Invalid, Unavailable."""
        told = Told(source_of(event), self._read_again(event))
        if not told.reading.ignored:
            await self.carry_out([told])
        if told.fault is not None:
            raise Invalid(_reason(told.fault), _pointer(told.fault))

    def _tell(self, arrived: Arrived) -> Told:
        delivery = Delivery(arrived.headers, arrived.body, arrived.received_at)
        try:
            return Told(arrived.source, self._read(arrived.source, delivery), arrived.id)
        except Invalid as error:
            return Told(arrived.source, Reading(), fault=error)
        except Exception as error:
            log.exception("delivery_failed", source=arrived.source, delivery=arrived.id)
            return Told(arrived.source, Reading(), fault=error)

    def _read(self, source: str, delivery: Delivery) -> Reading:
        connector = self.sources.get(source)
        if connector is None:
            raise Invalid("no source of the programme has this name")
        return connector.read(delivery)

    def _read_again(self, event: CloudEvent) -> Reading:
        source, kept = source_of(event), kept_in(event)
        if source not in self.sources:
            raise Invalid("no source of the programme has this name", "/source")
        received_at = event.instant or self.clock.now()
        try:
            return self._read(source, Delivery(kept.headers, kept.raw, received_at))
        except Invalid as error:
            raise Invalid(error.reason, _pointer(error)) from None


def _kind(told: Told) -> Kind:
    if told.fault is not None:
        return "quarantined"
    return "ignored" if told.reading.ignored else "accepted"


def _quarantined(arrived: Arrived, fault: Exception) -> Quarantined:
    event = as_event(arrived.source, arrived.headers, arrived.body, arrived.received_at)
    return Quarantined(
        id=quarantine_id(event.id.encode()),
        body=encode_event(event),
        pointer=_pointer(fault),
        reason=_reason(fault),
        received_at=arrived.received_at,
        event_id=event.id,
        source=event.source,
    )


def _reason(fault: Exception) -> str:
    if isinstance(fault, Invalid):
        return fault.reason
    return f"it could not be carried out: {type(fault).__name__}"


def _pointer(fault: Exception) -> str:
    """A pointer into the body as one into the event that keeps it. The body is text there, so
    this goes on where JSON Pointers end."""
    return f"/data/body{fault.pointer}" if isinstance(fault, Invalid) else "/data/body"
