"""/s/{token}: the page that a link in a message opens. Looking at it answers nothing."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, Response

from services.feedback.domain import comment
from services.feedback.pages.rendering import Draft, Fault, Notice, Pages
from services.feedback.use_cases import Answer, KeepAnswers, OpenLink, OpenLinks
from shared.errors import Unavailable
from shared.links import LinkExpired, LinkInvalid
from shared.pages.templates import Reader
from shared.programme.model import Survey

router = APIRouter()

Then = Callable[[Request, OpenLink, Reader], Awaitable[Response]]
Token = Annotated[str, Path(description="Signed by whoever sent the link.")]

_STATUS: Mapping[Notice, int] = {
    "thanks": 200,
    "answered": 200,
    "unknown": 404,
    "expired": 410,
    "busy": 503,
}
_HTML: dict[str, Any] = {"content": {"text/html": {"schema": {"type": "string"}}}}
_PAGES: dict[int | str, dict[str, Any]] = {
    404: {"description": "A link that was not made here", **_HTML},
    410: {"description": "A link that has had its time", **_HTML},
    422: {"description": "The page again, saying what is missing", **_HTML},
    503: {"description": "A page that asks to try again", **_HTML},
}
_FIELDS = {
    "schema": {
        "type": "object",
        "properties": {
            "value": {"type": "string", "description": "A number of the survey's scale."},
            "comment": {"type": "string", "description": "The reason; may be empty."},
        },
    }
}
_FORM = {
    "requestBody": {
        "content": {"application/x-www-form-urlencoded": _FIELDS, "multipart/form-data": _FIELDS}
    }
}


@router.head("/s/{token}", include_in_schema=False)
@router.get(
    "/s/{token}",
    tags=["survey page"],
    summary="Open a survey",
    response_class=HTMLResponse,
    responses=_PAGES,
)
async def show_survey(request: Request, token: Token) -> Response:
    """One question and one reason, in the person's language."""
    return await _with_link(request, token, _show)


@router.post(
    "/s/{token}",
    tags=["survey page"],
    summary="Answer a survey",
    response_class=HTMLResponse,
    responses=_PAGES,
    openapi_extra=_FORM,
)
async def answer_survey(request: Request, token: Token) -> Response:
    """Counts once a link; a second answer changes nothing and says so."""
    return await _with_link(request, token, _answer)


async def _with_link(request: Request, token: str, then: Then) -> Response:
    """Whatever goes wrong on the way, a person gets a page and no problem document."""
    links: OpenLinks = request.app.state.feedback.open_link
    reader = _reader(request, None)
    try:
        link = await links(token)
        reader = _reader(request, link.locale)
        if link.answered:
            return _notice(request, "answered", reader)
        return await then(request, link, reader)
    except LinkInvalid:
        return _notice(request, "unknown", reader)
    except LinkExpired:
        return _notice(request, "expired", reader)
    except Unavailable:
        return _notice(request, "busy", reader)


async def _show(request: Request, link: OpenLink, reader: Reader) -> Response:
    return _survey(request, link.survey, reader, Draft())


async def _answer(request: Request, link: OpenLink, reader: Reader) -> Response:
    draft = _draft(await _form(request), link.survey)
    if draft.faults or draft.value is None:
        return _survey(request, link.survey, reader, draft)
    pages: Pages = request.app.state.feedback.pages
    keep: KeepAnswers = request.app.state.feedback.keep_answer
    language = pages.language(link.survey, reader)
    kept = await keep(link.invitation, link.survey, Answer(draft.value, draft.comment, language))
    notices: Mapping[str, Notice] = {"kept": "thanks", "answered": "answered", "erased": "expired"}
    return _notice(request, notices[kept], reader)


async def _form(request: Request) -> Mapping[str, Any]:
    try:
        async with request.form(max_files=0, max_fields=10) as form:
            return dict(form)
    except HTTPException as error:
        if error.status_code != 400:
            raise
        return {}  # No form: ask again.


def _draft(form: Mapping[str, Any], survey: Survey) -> Draft:
    values = {str(n): n for n in range(survey.scale.lowest, survey.scale.highest + 1)}
    value = values.get(str(form.get("value")))
    text = comment.clean(str(form.get("comment", "")))
    faults: list[Fault] = []
    if value is None:
        faults.append("choose")
    if len(text) > comment.MAX_LENGTH:
        faults.append("shorten")
    return Draft(value, text, faults)


def _reader(request: Request, locale: str | None) -> Reader:
    return Reader(locale, request.headers.get("accept-language", ""))


def _survey(request: Request, survey: Survey, reader: Reader, draft: Draft) -> Response:
    pages: Pages = request.app.state.feedback.pages
    html = pages.survey(survey, pages.language(survey, reader), draft)
    return _page(pages, html, 422 if draft.faults else 200)


def _notice(request: Request, kind: Notice, reader: Reader) -> Response:
    pages: Pages = request.app.state.feedback.pages
    return _page(pages, pages.notice(kind, reader), _STATUS[kind])


def _page(pages: Pages, html: str, status: int) -> Response:
    return HTMLResponse(html, status, {"Content-Security-Policy": pages.policy})
