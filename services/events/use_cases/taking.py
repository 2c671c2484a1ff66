"""Events in: into the topic, or into the quarantine."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec

from services.events.domain.admission import Admission
from services.events.domain.quarantine import Quarantined, quarantine_id
from services.events.ports.quarantine import Quarantine
from services.events.ports.topics import Acts
from services.events.use_cases.identities import Identify
from shared.clock import Clock
from shared.contracts.catalogue import Catalogue
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
    """What became of the events of one request. Of those accepted, `waiting` are not on the topic
    until somebody is known by their alias."""

    accepted: int
    refused: Sequence[Refused]
    waiting: int = 0


Overhear = Callable[[Sequence[CloudEvent]], Awaitable[None]]
"""Shown what waits for its alias, which nobody can read on the topic: thanks from a stranger are
thanks all the same. Idempotent. Raises Unavailable."""


@dataclass(frozen=True, slots=True)
class TakeEvents:
    """Admit events of a shop that `opened` then to the topic; keep those that are refused."""

    acts: Acts
    quarantine: Quarantine
    clock: Clock
    identify: Identify
    catalogue: Catalogue
    opened: datetime | None = None
    overhear: Overhear | None = None

    async def __call__(self, events: Sequence[CloudEvent | Rejected]) -> Receipt:
        """Everything in `events` is durable in one of the places once this returns.

        Raises Unavailable; the sender then repeats the request, which counts nothing twice.
        """
        admit = self.admission().admit
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
        waiting = await self.publish(admitted) if admitted else 0
        return Receipt(len(admitted), refused, waiting)

    def admission(self) -> Admission:
        """What may enter at this moment."""
        return Admission(self.catalogue, self.clock.now(), self.opened)

    async def publish(self, admitted: Sequence[CloudEvent]) -> int:
        """Put acts under their customers on the topic; returns how many wait for their alias.

        Raises Unavailable.
        """
        known, waiting = await self.identify(admitted)
        if known:
            await self.acts.publish(known)
        if waiting and self.overhear is not None:
            await self.overhear(admitted)
        return waiting

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
