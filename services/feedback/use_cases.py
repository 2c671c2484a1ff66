"""Load, decide, save, and leave it to the relay to publish: what feedback does, over ports only."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from services.feedback.domain import announcement
from services.feedback.domain.case import Case, Closing, case_of_response
from services.feedback.domain.invitation import Invitation
from services.feedback.domain.response import respond
from services.feedback.ports import Cases, Kept, Responses
from shared.clock import Clock, epoch_ms
from shared.contracts.engagement import ActRef
from shared.errors import Conflict
from shared.links import (
    SURVEY_LINK_LIFE,
    LinkExpired,
    SurveyLink,
    read_survey_link,
    sign_survey_link,
    survey_url,
)
from shared.programme.model import Survey


@dataclass(frozen=True, slots=True)
class OpenLink:
    """A link that somebody followed: who is asked what, and in which language if that is known."""

    invitation: Invitation
    survey: Survey
    locale: str | None
    answered: bool


@dataclass(frozen=True, slots=True)
class OpenLinks:
    """Make sense of the token in a survey's address."""

    store: Responses
    surveys: Mapping[str, Survey]
    secret: str
    clock: Clock

    async def __call__(self, token: str) -> OpenLink:
        """Raises LinkInvalid; LinkExpired also where survey or customer are there no more."""
        now = self.clock.now()
        link = read_survey_link(self.secret, token, now)
        survey = self.surveys.get(link.survey)
        if survey is None:
            raise LinkExpired
        invitation = Invitation(
            link.customer, link.survey, epoch_ms(now), link.message_id, link.act
        )
        visit = await self.store.visit(invitation)
        if visit.erased:
            raise LinkExpired
        return OpenLink(invitation, survey, visit.locale, visit.answered)


@dataclass(frozen=True, slots=True)
class IssuedLink:
    """An address at which one customer answers once, until it expires."""

    url: str
    expires: datetime


@dataclass(frozen=True, slots=True)
class IssueLinks:
    """Make a link for the shop to put where it likes; whoever is given one counts as invited."""

    store: Responses
    secret: str
    public_url: str
    clock: Clock

    async def __call__(self, survey: Survey, customer: str, act: ActRef | None) -> IssuedLink:
        """Raises Conflict for an erased customer."""
        now = self.clock.now()
        invitation = Invitation(customer, survey.name, epoch_ms(now), act=act)
        link = SurveyLink(customer, survey.name, now + SURVEY_LINK_LIFE, act=act)
        token = sign_survey_link(self.secret, link)
        if (await self.store.visit(invitation)).erased:
            raise Conflict("The customer was erased")
        await self.store.invite([invitation])
        return IssuedLink(survey_url(self.public_url, token), link.expires)


@dataclass(frozen=True, slots=True)
class Answer:
    """What somebody submitted: `value` lies within the survey's scale, `comment` is clean."""

    value: int
    comment: str
    language: str


@dataclass(frozen=True, slots=True)
class KeepAnswers:
    """Keep the one answer to an invitation; a bad one opens a case."""

    store: Responses
    clock: Clock
    wake: Callable[[], None]

    async def __call__(self, invitation: Invitation, survey: Survey, answer: Answer) -> Kept:
        now = epoch_ms(self.clock.now())
        response = respond(invitation, survey, answer.value, answer.comment, answer.language, now)
        case = case_of_response(response, survey)
        announcements = [announcement.answered(response)]
        if case is not None:
            # First, since the answer's thanks must find the case open.
            announcements.insert(0, announcement.case_opened(case))
        kept = await self.store.answer(invitation, response, case, announcements)
        if kept == "kept":
            self.wake()
        return kept


@dataclass(frozen=True, slots=True)
class OpenCases:
    """A complaint opens a case, once."""

    store: Cases
    wake: Callable[[], None]

    async def __call__(self, case: Case) -> None:
        if await self.store.open_case(case, announcement.case_opened(case)):
            self.wake()


@dataclass(frozen=True, slots=True)
class CloseCases:
    """Close a case with what put it right."""

    store: Cases
    clock: Clock
    wake: Callable[[], None]

    async def __call__(self, case_id: str, fix: str, note: str) -> Case | None:
        """The closed case, as it was closed first; None if there is none."""
        case = await self.store.case(case_id)
        if case is None or case.closing is not None:
            return case
        closing = Closing(epoch_ms(self.clock.now()), fix, note)
        closed = await self.store.close_case(
            case_id, closing, announcement.case_closed(case, closing)
        )
        self.wake()
        return closed
