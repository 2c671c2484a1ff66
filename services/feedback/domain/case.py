"""A case: something went wrong for one customer, and stays open until it is put right."""

from dataclasses import dataclass
from typing import Literal

from services.feedback.domain.identity import identify
from services.feedback.domain.response import Response
from shared.contracts.engagement import ActRef
from shared.programme.model import Survey

Cause = Literal["survey", "complaint"]

CUSTOMER_ERASED = "customer-erased"
"""The fix of a case that was open when its customer was erased."""


@dataclass(frozen=True, slots=True)
class Closing:
    """Closed at `time` (ms) by a `fix`, a code that can be counted; `note` is free text."""

    time: int
    fix: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Case:
    """Open since `opened` (ms), closed once `closing` is there.

    `said` is what the customer wrote; `response_id` names the answer that opened the case, `act`
    what it is about: the complaint itself, or the act that was asked about. `customer` and the
    texts are "" once the customer is erased.
    """

    id: str
    customer: str
    cause: Cause
    opened: int
    said: str = ""
    response_id: str | None = None
    act: ActRef | None = None
    closing: Closing | None = None


def case_of_response(response: Response, survey: Survey) -> Case | None:
    """The case that a bad answer opens; None for any other answer."""
    if response.value > survey.bad_at_most:
        return None
    return Case(
        id=identify("survey", response.id),
        customer=response.customer,
        cause="survey",
        opened=response.time,
        said=response.comment,
        response_id=response.id,
        act=response.act,
    )


def case_of_complaint(customer: str, act: ActRef, said: str, time: int) -> Case:
    """The case that a complaint opens."""
    return Case(
        id=identify("complaint", act.source, act.id),
        customer=customer,
        cause="complaint",
        opened=time,
        said=said,
        act=act,
    )
