"""requite.acts.v1: of all acts, a complaint opens a case."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from services.feedback.domain.case import Case, case_of_complaint
from services.feedback.domain.comment import clean
from services.feedback.use_cases import OpenCases
from shared.clock import Clock, epoch_ms
from shared.contracts.acts import COMPLAINT, EARLIEST, check_ids, check_size
from shared.contracts.catalogue import Catalogue
from shared.contracts.cloudevents import kafka_binding
from shared.contracts.engagement import ActRef
from shared.errors import Invalid
from shared.messaging.handler import DeadLetter
from shared.messaging.ports import Batch, Delivery
from shared.messaging.reading import read_each

# More than events has, whose clock may go before this one.
FUTURE_TOLERANCE = timedelta(minutes=5, seconds=30)


class ActsTopic:
    """Refuses a complaint that can't be read; other acts are others' to judge."""

    def __init__(self, open_case: OpenCases, catalogue: Catalogue, clock: Clock) -> None:
        self._open_case = open_case
        self._catalogue = catalogue
        self._clock = clock

    async def __call__(self, batch: Batch) -> Sequence[DeadLetter]:
        latest = self._clock.now() + FUTURE_TOLERANCE
        cases, refused = read_each(
            batch.deliveries, lambda delivery: read_complaint(delivery, self._catalogue, latest)
        )
        for case in cases:
            await self._open_case(case)
        return refused


def read_complaint(delivery: Delivery, catalogue: Catalogue, latest: datetime) -> Case | None:
    """The case of a complaint of no later than `latest`; None for every other act.

    Raises InvalidEvent, UnsupportedEventFormat, Invalid.
    """
    if _is_another_act(delivery):
        return None
    event = kafka_binding.decode(delivery.headers, delivery.value)
    if event.type != COMPLAINT:
        return None
    instant = event.instant
    if event.subject is None or event.time is None or instant is None:
        raise Invalid("subject and time are needed")
    if not EARLIEST <= instant <= latest:
        raise Invalid("lies before 1970 or in the future", "/time")
    check_ids(event)
    check_size(event)
    if event.subject.encode() != delivery.key:
        raise Invalid("not the record's key, which is the customer's id", "/subject")
    act = ActRef(source=event.source, id=event.id, type=event.type, time=event.time)
    said = catalogue.check(event).message or ""
    return case_of_complaint(event.subject, act, clean(said), epoch_ms(instant))


def _is_another_act(delivery: Delivery) -> bool:
    """Whether the headers alone say so: most acts are no complaints."""
    event_type = next((value for name, value in delivery.headers if name == "ce_type"), None)
    return event_type is not None and event_type != COMPLAINT.encode()
