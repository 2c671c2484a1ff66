"""What others are told, waiting in the store's outbox until the topic has it.

An id follows from what is announced, so that one told twice is known as one.
"""

from dataclasses import dataclass

import msgspec

from services.feedback.domain.case import Case, Closing
from services.feedback.domain.response import Response
from shared.contracts import feedback


@dataclass(frozen=True, slots=True)
class Announcement:
    """`data` is the JSON of the payload of `type`; it happened at `time` (ms)."""

    id: str
    type: str
    customer: str
    time: int
    data: bytes


def answered(response: Response) -> Announcement:
    """Tells the value; the comment stays at home."""
    payload = feedback.Answered(
        survey=response.survey, value=response.value, scale=response.scale, about=response.act
    )
    return Announcement(
        id=response.id,
        type=feedback.ANSWERED,
        customer=response.customer,
        time=response.time,
        data=msgspec.json.encode(payload),
    )


def case_opened(case: Case) -> Announcement:
    """Tells the cause, not the words."""
    payload = feedback.CaseOpened(case_id=case.id, cause=case.cause)
    return Announcement(
        id=f"{case.id}.opened",
        type=feedback.CASE_OPENED,
        customer=case.customer,
        time=case.opened,
        data=msgspec.json.encode(payload),
    )


def case_closed(case: Case, closing: Closing) -> Announcement:
    """Tells the fix, not the note."""
    payload = feedback.CaseClosed(case_id=case.id, fix=closing.fix)
    return Announcement(
        id=f"{case.id}.closed",
        type=feedback.CASE_CLOSED,
        customer=case.customer,
        time=closing.time,
        data=msgspec.json.encode(payload),
    )
