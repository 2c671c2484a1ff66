"""Load, decide, save, publish: what events does, over ports only."""

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec
from msgspec.structs import replace

from services.events.domain.admission import Admission, check_customer_id
from services.events.domain.customer import Details
from services.events.domain.quarantine import Quarantined, quarantine_id
from services.events.ports import Acts, CustomerChanges, EventStore, Quarantine
from shared.clock import Clock
from shared.contracts.cloudevents import CloudEvent, InvalidEvent, Rejected
from shared.contracts.cloudevents.json_format import decode_event, encode_event
from shared.contracts.customers import Customer
from shared.errors import Invalid


@dataclass(frozen=True, slots=True)
class Refused:
    """An event of the request at `index` that did not enter the topic, and where it is kept."""

    index: int
    entry: Quarantined


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of the events of one request."""

    accepted: int
    refused: Sequence[Refused]


@dataclass(frozen=True, slots=True)
class TakeEvents:
    """Admit events to the topic; keep those that are refused."""

    acts: Acts
    quarantine: Quarantine
    clock: Clock

    async def __call__(self, events: Sequence[CloudEvent | Rejected]) -> Receipt:
        """Everything in `events` is durable in one of the two places once this returns.

        Raises Unavailable; the sender then repeats the request, which counts nothing twice.
        """
        admit = Admission(self.clock.now()).admit
        admitted: list[CloudEvent] = []
        refused: list[Refused] = []
        for index, event in enumerate(events):
            if isinstance(event, CloudEvent):
                try:
                    admitted.append(admit(event))
                except Invalid as error:
                    refused.append(Refused(index, self._of_event(event, error)))
            else:
                refused.append(Refused(index, self._of_rejected(event)))
        if refused:
            await self.quarantine.keep([one.entry for one in refused])
        if admitted:
            await self.acts.publish(admitted)
        return Receipt(len(admitted), refused)

    def _of_event(self, event: CloudEvent, error: Invalid) -> Quarantined:
        body = encode_event(event)
        return Quarantined(
            id=quarantine_id(body),
            body=body,
            pointer=error.pointer,
            reason=error.reason,
            received_at=self.clock.now(),
            event_id=event.id,
            source=event.source,
            customer=event.subject,
        )

    def _of_rejected(self, event: Rejected) -> Quarantined:
        return Quarantined(
            id=quarantine_id(event.raw),
            body=event.raw,
            pointer=event.pointer,
            reason=event.reason,
            received_at=self.clock.now(),
            event_id=event.id,
            source=event.source,
            customer=_subject(event.raw),
        )


class _Subject(msgspec.Struct):
    subject: object = None


_SUBJECT = msgspec.json.Decoder(_Subject)


def _subject(raw: bytes) -> str | None:
    """Whose data a text that is no event may hold, so that erasing finds it."""
    try:
        subject = _SUBJECT.decode(raw).subject
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return subject if isinstance(subject, str) else None


@dataclass(frozen=True, slots=True)
class MendQuarantine:
    """Correct what was refused, and send it again."""

    take: TakeEvents
    quarantine: Quarantine

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
        happened = event if event.time else replace(event, time=entry.received_at.isoformat())
        await self.take.acts.publish([Admission(self.take.clock.now()).admit(happened)])
        await self.quarantine.remove(entry_id)
        return looked_at

    def _look_at(self, entry: Quarantined, body: bytes) -> Quarantined:
        event: CloudEvent | None = None
        pointer, reason = "", ""
        try:
            event = decode_event(body)
            Admission(self.take.clock.now()).admit(event)
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


@dataclass(frozen=True, slots=True)
class KeepCustomers:
    """Say who a customer is, or forget them."""

    store: EventStore
    changes: CustomerChanges
    clock: Clock

    async def put(self, customer_id: str, details: Details) -> tuple[Customer, bool]:
        """Store, then tell. After a crash in between the sender, who got no answer, repeats it.

        Returns the customer and whether it is new. Raises Invalid, Unavailable.
        """
        check_customer_id(customer_id, "/id")
        now = self.clock.now()
        customer, new = await self.store.save(customer_id, details, now)
        await self.changes.changed(customer_id, customer, now)
        await self._tell_what_stands(customer_id, customer)
        return customer, new

    async def erase(self, customer_id: str) -> None:
        """Forget here, then tell everybody to forget; also when nothing is known here, since
        acts may be known elsewhere. Raises Invalid, Unavailable."""
        check_customer_id(customer_id, "/id")
        await self.store.erase(customer_id)
        await self.changes.erased(customer_id)
        await self._tell_what_stands(customer_id, None)

    async def _tell_what_stands(self, customer_id: str, told: Customer | None) -> None:
        """Somebody else may have stored later and told earlier; the last word must be what is
        stored, or an erased customer would come back."""
        while (stands := await self.store.get_customer(customer_id)) != told:
            if stands is None:
                await self.changes.erased(customer_id)
            else:
                await self.changes.changed(customer_id, stands, self.clock.now())
            told = stands
