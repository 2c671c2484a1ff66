"""Payloads of requite.feedback.v1: what customers answered, and what is being put right."""

from msgspec import Struct

from shared.contracts.engagement import ActRef

ANSWERED = "io.requite.feedback.answered.v1"
CASE_OPENED = "io.requite.feedback.case-opened.v1"
CASE_CLOSED = "io.requite.feedback.case-closed.v1"


class Answered(Struct, frozen=True, kw_only=True):
    """A survey was answered. `value` lies within the survey's `scale`; free text stays at home."""

    survey: str
    value: int
    scale: tuple[int, int]
    about: ActRef | None = None


class CaseOpened(Struct, frozen=True, kw_only=True):
    """Something went wrong for the customer; thanks wait until it is solved."""

    case_id: str
    cause: str


class CaseClosed(Struct, frozen=True, kw_only=True):
    """The case is solved."""

    case_id: str
    fix: str | None = None
