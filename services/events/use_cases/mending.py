"""Refused events, corrected and sent again."""

import dataclasses
from dataclasses import dataclass

from msgspec.structs import replace

from services.events.domain.delivery import DELIVERY
from services.events.domain.quarantine import Quarantined, quarantine_id
from services.events.ports.quarantine import Quarantine
from services.events.use_cases.deliveries import ReadDeliveries
from services.events.use_cases.taking import TakeEvents
from shared.contracts.cloudevents import CloudEvent, InvalidEvent
from shared.contracts.cloudevents.json_format import decode_event
from shared.errors import Invalid


@dataclass(frozen=True, slots=True)
class MendQuarantine:
    """Correct what was refused, and send it again."""

    take: TakeEvents
    quarantine: Quarantine
    deliveries: ReadDeliveries

    async def fix(self, entry_id: str, body: bytes) -> Quarantined | None:
        """Put `body` in the entry's place, with what is still wrong with it; None if it is gone."""
        entry = await self.quarantine.get(entry_id)
        if entry is None:
            return None
        mended = self._look_at(entry, body)
        return mended if await self.quarantine.replace(mended) else None

    async def replay(self, entry_id: str) -> Quarantined | None:
        """Send the entry again. Returns it as it now stands: with an empty reason when it was
        accepted and has left the quarantine; None if it is gone. Raises Unavailable."""
        entry = await self.quarantine.get(entry_id)
        if entry is None:
            return None
        looked_at = self._look_at(entry, entry.body)
        if looked_at.reason:
            await self.quarantine.replace(looked_at)
            return looked_at
        event = decode_event(entry.body)
        if _is_delivery(entry.id, event):
            return await self._receive_again(looked_at, event)
        happened = event if event.time else replace(event, time=entry.received_at.isoformat())
        await self.take.publish([self.take.admission().admit(happened)])
        await self.quarantine.remove(entry_id)
        return looked_at

    async def _receive_again(self, entry: Quarantined, event: CloudEvent) -> Quarantined:
        """A delivery that can be read by now may still say what can't be done."""
        try:
            await self.deliveries.again(event)
        except Invalid as error:
            entry = dataclasses.replace(entry, pointer=error.pointer, reason=error.reason)
            await self.quarantine.replace(entry)
            return entry
        await self.quarantine.remove(entry.id)
        return entry

    def _look_at(self, entry: Quarantined, body: bytes) -> Quarantined:
        event: CloudEvent | None = None
        pointer, reason = "", ""
        try:
            event = decode_event(body)
            if _is_delivery(entry.id, event):
                self.deliveries.check(event)
            else:
                self.take.admission().admit(event)
        except (InvalidEvent, Invalid) as error:
            pointer, reason = error.pointer, error.reason
        return Quarantined(
            id=entry.id,
            body=body,
            pointer=pointer,
            reason=reason,
            received_at=entry.received_at,
            event_id=entry.event_id if event is None else event.id,
            source=entry.source if event is None else event.source,
            customer=entry.customer if event is None else event.subject,
        )


def _is_delivery(entry_id: str, event: CloudEvent) -> bool:
    """Whether the entry was kept of a delivery whose signature was checked. An event that calls
    itself one came with a key for events only, which must not say what a platform may."""
    return event.type == DELIVERY and entry_id == quarantine_id(event.id.encode())
