"""Surveys, responses and cases over HTTP; the page that customers see is in survey_page.py."""

from collections.abc import Collection, Mapping
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import RedirectResponse
from starlette.exceptions import HTTPException

from services.feedback.inbound.answers import (
    CaseAnswer,
    CasesAnswer,
    CloseBody,
    Id,
    LinkAnswer,
    LinkBody,
    ResponseAnswer,
    ResponsesAnswer,
    ResultsAnswer,
    SurveyAnswer,
    SurveysAnswer,
)
from services.feedback.ports import FeedbackStore, Page
from services.feedback.use_cases import CloseCases, IssueLinks
from shared.programme.model import Survey
from shared.web import cursors
from shared.web.cursors import Cursor, Place
from shared.web.keys import require
from shared.web.moved import MOVED, moved_query
from shared.web.openapi import problems

router = APIRouter()

SurveyName = Annotated[str, Path(min_length=1, max_length=100)]
CaseId = Annotated[str, Path(pattern="^[0-9a-f]{32}$")]
Customer = Annotated[Id | None, Query(description="Only this customer's.")]
Limit = Annotated[int, Query(ge=1, le=200)]


@router.get(
    "/v1/surveys",
    tags=["surveys"],
    summary="Which surveys are there?",
    dependencies=[require("cases:read")],
)
async def list_surveys(request: Request) -> SurveysAnswer:
    """As the programme has them."""
    surveys: dict[str, Survey] = request.app.state.feedback.surveys
    return SurveysAnswer(data=[SurveyAnswer.of(surveys[name]) for name in sorted(surveys)])


@router.get(
    "/v1/surveys/{name}/results",
    tags=["surveys"],
    summary="What did customers answer?",
    dependencies=[require("cases:read")],
)
async def get_results(request: Request, name: SurveyName) -> ResultsAnswer:
    """Over all answers, with how many were asked."""
    survey = _survey(request, name)
    return ResultsAnswer.of(survey, await _store(request).tally(name))


@router.post(
    "/v1/surveys/{name}/links",
    tags=["surveys"],
    summary="Make a link for one customer",
    dependencies=[require("surveys:write")],
    responses=problems(409),
)
async def issue_link(request: Request, name: SurveyName, body: LinkBody) -> LinkAnswer:
    """To put into a message of the shop's own. It takes one answer for this customer and act."""
    issue: IssueLinks = request.app.state.feedback.issue_link
    act = None if body.act is None else body.act.ref()
    return LinkAnswer.of(await issue(_survey(request, name), body.customer, act))


@router.get(
    "/v1/responses",
    tags=["responses"],
    summary="Who answered what, and why?",
    response_model=ResponsesAnswer,
    responses=MOVED,
    dependencies=[require("cases:read")],
)
async def list_responses(
    request: Request,
    customer: Customer = None,
    survey: Annotated[Id | None, Query(description="Only to this survey.")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> ResponsesAnswer | RedirectResponse:
    """Newest first."""
    if customer is not None and (survivor := await _survivor(request, customer)) != customer:
        return moved_query(request, survivor)
    found = await _store(request).responses(customer, survey, _page(limit, cursor))
    survivors = await _survivors(request, {response.customer for response in found})
    data = [ResponseAnswer.of(response, survivors) for response in found[:limit]]
    following = cursors.next_cursor(found, limit, lambda one: Place(one.time, one.id))
    return ResponsesAnswer(data=data, next_cursor=following)


@router.get(
    "/v1/cases",
    tags=["cases"],
    summary="What went wrong?",
    response_model=CasesAnswer,
    responses=MOVED,
    dependencies=[require("cases:read")],
)
async def list_cases(
    request: Request,
    customer: Customer = None,
    state: Annotated[Literal["open", "closed"] | None, Query()] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> CasesAnswer | RedirectResponse:
    """The latest opened first."""
    if customer is not None and (survivor := await _survivor(request, customer)) != customer:
        return moved_query(request, survivor)
    is_open = None if state is None else state == "open"
    found = await _store(request).cases(customer, is_open, _page(limit, cursor))
    survivors = await _survivors(request, {case.customer for case in found})
    data = [CaseAnswer.of(case, survivors) for case in found[:limit]]
    following = cursors.next_cursor(found, limit, lambda one: Place(one.opened, one.id))
    return CasesAnswer(data=data, next_cursor=following)


@router.get(
    "/v1/cases/{case_id:hex_id}",
    tags=["cases"],
    summary="Look at a case",
    dependencies=[require("cases:read")],
)
async def get_case(request: Request, case_id: CaseId) -> CaseAnswer:
    """What the customer said, and how it was put right."""
    case = await _store(request).case(case_id)
    if case is None:
        raise HTTPException(404, "No such case")
    return CaseAnswer.of(case, await _survivors(request, {case.customer}))


@router.post(
    "/v1/cases/{case_id:hex_id}:close",
    tags=["cases"],
    summary="Close a case",
    dependencies=[require("cases:write")],
)
async def close_case(request: Request, case_id: CaseId, body: CloseBody) -> CaseAnswer:
    """A case that is closed already stays as it was closed first."""
    close: CloseCases = request.app.state.feedback.close_case
    case = await close(case_id, body.fix, body.note)
    if case is None:
        raise HTTPException(404, "No such case")
    return CaseAnswer.of(case, await _survivors(request, {case.customer}))


def _store(request: Request) -> FeedbackStore:
    store: FeedbackStore = request.app.state.feedback.store
    return store


async def _survivors(request: Request, customers: Collection[str]) -> Mapping[str, str]:
    """For whom each customer stands now; nobody for "", which stands for all who were erased."""
    return await _store(request).survivors([customer for customer in customers if customer])


async def _survivor(request: Request, customer: str) -> str:
    return (await _survivors(request, [customer]))[customer]


def _survey(request: Request, name: str) -> Survey:
    survey: Survey | None = request.app.state.feedback.surveys.get(name)
    if survey is None:
        raise HTTPException(404, "No such survey")
    return survey


def _page(limit: int, cursor: str | None) -> Page:
    """One more than `limit`, to see whether anything follows."""
    return Page(limit + 1, cursors.decode(cursor))
