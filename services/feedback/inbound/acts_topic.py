"""requite.acts.v1: of all acts, a complaint opens a case."""

from collections.abc import Callable, Sequence

from services.feedback.domain.case import Case, case_of_complaint
from services.feedback.domain.comment import clean
from services.feedback.use_cases import OpenCases
from shared.clock import Clock, epoch_ms
from shared.contracts.acts import COMPLAINT
from shared.contracts.acts_reader import ActsReader, ToldAct
from shared.contracts.cloudevents import CloudEvent, kafka_binding
from shared.contracts.engagement import ActRef
from shared.errors import Invalid
from shared.messaging.handler import DeadLetter
from shared.messaging.ports import Batch, Delivery
from shared.messaging.reading import read_each


class ActsTopic:
    """Refuses a complaint that can't be read; other acts are others' to judge."""

    def __init__(self, open_case: OpenCases, reader: ActsReader, clock: Clock) -> None:
        self._open_case = open_case
        self._reader = reader
        self._clock = clock

    async def __call__(self, batch: Batch) -> Sequence[DeadLetter]:
        tell = self._reader.at(self._clock.now())
        cases, refused = read_each(
            batch.deliveries, lambda delivery: read_complaint(delivery, tell)
        )
        for case in cases:
            await self._open_case(case)
        return refused


def read_complaint(delivery: Delivery, tell: Callable[[CloudEvent, bytes], ToldAct]) -> Case | None:
    """The case of a complaint that `tell` can read; None for every other act.

    Raises InvalidEvent, UnsupportedEventFormat, Invalid.
    """
    if _is_another_act(delivery):
        return None
    event = kafka_binding.decode(delivery.headers, delivery.value)
    if event.type != COMPLAINT:
        return None
    told = tell(event, delivery.key)
    if event.subject is None or event.time is None:
        raise Invalid("subject and time are needed")
    act = ActRef(source=event.source, id=event.id, type=event.type, time=event.time)
    said = told.payload.message or ""
    return case_of_complaint(event.subject, act, clean(said), epoch_ms(told.instant))


def _is_another_act(delivery: Delivery) -> bool:
    """Whether the headers alone say so: most acts are no complaints."""
    event_type = next((value for name, value in delivery.headers if name == "ce_type"), None)
    return event_type is not None and event_type != COMPLAINT.encode()
