"""Events in: into the topic, or into the quarantine."""

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from services.events.domain.admission import Admission
from services.events.domain.quarantine import Quarantined, quarantine_id
from services.events.ports.quarantine import Quarantine
from services.events.ports.topics import Acts
from shared.clock import Clock
from shared.contracts.cloudevents import CloudEvent, Rejected
from shared.contracts.cloudevents.json_format import encode_event
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
