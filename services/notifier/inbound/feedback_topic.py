"""requite.feedback.v1: thanks wait while a case is open.

An answer reaches the notifier through engagement, as a scored act like any other.
"""

from collections.abc import Sequence

import msgspec

from services.notifier.ports.customers import CaseChange
from services.notifier.use_cases.customers import KeepCases
from shared.contracts.cloudevents import kafka_binding
from shared.contracts.feedback import CASE_CLOSED, CASE_OPENED, CaseClosed, CaseOpened
from shared.errors import Invalid
from shared.messaging.handler import DeadLetter
from shared.messaging.ports import Batch, Delivery
from shared.messaging.reading import read_each

_OPENED = msgspec.json.Decoder(CaseOpened)
_CLOSED = msgspec.json.Decoder(CaseClosed)


class FeedbackTopic:
    """Keeps the set of open cases."""

    def __init__(self, keep: KeepCases) -> None:
        self._keep = keep

    async def __call__(self, batch: Batch) -> Sequence[DeadLetter]:
        changes, refused = read_each(batch.deliveries, read_change)
        await self._keep(changes)
        return refused


def read_change(delivery: Delivery) -> CaseChange | None:
    """A case opened or closed; None for everything else on the topic.

    Raises InvalidEvent, UnsupportedEventFormat, Invalid; msgspec.DecodeError for its payload.
    """
    event = kafka_binding.decode(delivery.headers, delivery.value)
    if event.type not in (CASE_OPENED, CASE_CLOSED):
        return None
    if event.subject is None:
        raise Invalid("missing: it says which customer", "/subject")
    is_open = event.type == CASE_OPENED
    case = (_OPENED if is_open else _CLOSED).decode(event.data or b"")
    return CaseChange(event.subject, case.case_id, is_open)
