"""What feedback needs from outside."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from services.feedback.domain.announcement import Announcement
from services.feedback.domain.case import Case, Closing
from services.feedback.domain.invitation import Invitation
from services.feedback.domain.response import Response
from services.feedback.domain.results import Tally

Kept = Literal["kept", "answered", "erased"]


@dataclass(frozen=True, slots=True)
class Person:
    """All that is kept of a customer besides what they said; the highest `revision` stands.

    What was said by somebody who was merged stays under the id that they said it with.
    """

    revision: int
    locale: str | None = None
    time_zone: str | None = None
    merged_into: str | None = None


@dataclass(frozen=True, slots=True)
class Visit:
    """What a survey's page has to know before it asks."""

    locale: str | None
    erased: bool
    answered: bool


@dataclass(frozen=True, slots=True)
class Page:
    """Up to `limit` of a list, newest first, behind the (time, id) of the last one seen."""

    limit: int
    after: tuple[int, str] | None = None


class Responses(Protocol):
    """Who was asked, and what was answered. Of an erased customer nothing new is kept."""

    async def invite(self, invitations: Sequence[Invitation]) -> None:
        """Keep those whose id is new."""

    async def visit(self, invitation: Invitation) -> Visit:
        """What is known of the customer, and whether this invitation was answered, by whoever
        stands for the same person."""

    async def answer(
        self,
        invitation: Invitation,
        response: Response,
        case: Case | None,
        announcements: Sequence[Announcement],
    ) -> Kept:
        """In one transaction: the response, the case that it opens, the outbox, and the invitation
        unless it is known already. Only the first response to an invitation is kept, also where
        it was answered by who stands for the same person."""

    async def tally(self, survey: str) -> Tally:
        """Invitations and answers, those of erased customers included."""

    async def responses(
        self, customer: str | None, survey: str | None, page: Page
    ) -> Sequence[Response]:
        """Responses of one customer and all who stand for the same, to one survey, or all."""


class Cases(Protocol):
    """What went wrong."""

    async def open_case(self, case: Case, announcement: Announcement) -> bool:
        """Keep both in one transaction; False if the case is known or its customer erased."""

    async def close_case(
        self, case_id: str, closing: Closing, announcement: Announcement
    ) -> Case | None:
        """Close and announce in one transaction, unless it is closed; the case as it stands then,
        None if there is none."""

    async def case(self, case_id: str) -> Case | None: ...

    async def cases(self, customer: str | None, is_open: bool | None, page: Page) -> Sequence[Case]:
        """Cases of one customer and all who stand for the same, in one state, or all; by the
        time they were opened."""


class People(Protocol):
    """Customers, by a hash of their id."""

    async def remember(self, people: Mapping[str, Person]) -> None:
        """Keep people by customer; an erased customer is welcome again."""

    async def survivors(self, customers: Collection[str]) -> Mapping[str, str]:
        """Which id each of `customers` stands for now: its own for all who were not merged."""

    async def erase(self, customer: str, time: int) -> None:
        """In one transaction: forget the person, cut responses, cases and invitations from the
        customer, delete texts and what is in the outbox, close open cases at `time` (ms), and
        keep nothing of the customer any more. What was counted stays counted."""


class Outbox(Protocol):
    """What others are still to be told."""

    async def pending(self, limit: int) -> Sequence[Announcement]:
        """The first `limit`, of one case in the order in which they were kept."""

    async def announced(self, ids: Sequence[str]) -> None:
        """Take these out."""


class FeedbackStore(Responses, Cases, People, Outbox, Protocol):
    """All of it lives in one database."""

    async def ping(self) -> None:
        """Raise Unavailable if the store can't be reached."""


class Announcer(Protocol):
    """Tells others."""

    async def announce(self, announcements: Sequence[Announcement]) -> None:
        """Durable once this returns; told again after a crash, with the same ids."""
