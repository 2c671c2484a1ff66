"""/l/{token}: the page that a link in a mail opens. Looking at it links nothing."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from starlette.responses import HTMLResponse, Response

from services.events.pages.rendering import Notice, Pages
from services.events.use_cases.linking_by_mail import Asked, LinkByMail
from shared.errors import Unavailable
from shared.links import LinkExpired, LinkInvalid
from shared.pages.templates import Reader

router = APIRouter(tags=["alias page"])

Token = Annotated[str, Path(description="Signed by whoever made the link.")]

_STATUS: Mapping[Notice, int] = {
    "linked": 200,
    "taken": 409,
    "unknown": 404,
    "expired": 410,
    "busy": 503,
}
_HTML: dict[str, Any] = {"content": {"text/html": {"schema": {"type": "string"}}}}
_PAGES: dict[int | str, dict[str, Any]] = {
    404: {"description": "A link that was not made here", **_HTML},
    409: {"description": "The account is another customer's", **_HTML},
    410: {"description": "A link that has had its time", **_HTML},
    503: {"description": "A page that asks to try again", **_HTML},
}


@router.head("/l/{token}", include_in_schema=False)
@router.get(
    "/l/{token}",
    summary="Ask whether an account is the customer's",
    response_class=HTMLResponse,
    responses=_PAGES,
)
async def show(request: Request, token: Token) -> Response:
    """Says which account, in the customer's language, and has one button."""
    link_by_mail: LinkByMail = request.app.state.events.link_by_mail
    return await _answer(request, token, link_by_mail.open)


@router.post(
    "/l/{token}",
    summary="Say that an account is the customer's",
    response_class=HTMLResponse,
    responses=_PAGES,
)
async def link(request: Request, token: Token) -> Response:
    """Links the account; once more changes nothing and says the same."""
    link_by_mail: LinkByMail = request.app.state.events.link_by_mail
    return await _answer(request, token, link_by_mail.confirm)


async def _answer(request: Request, token: str, ask: Callable[[str], Awaitable[Asked]]) -> Response:
    """Whatever goes wrong on the way, a person gets a page and no problem document."""
    reader = _reader(request, None)
    try:
        asked = await ask(token)
    except LinkInvalid:
        return _notice(request, "unknown", reader)
    except LinkExpired:
        return _notice(request, "expired", reader)
    except Unavailable:
        return _notice(request, "busy", reader)
    reader = _reader(request, asked.locale)
    if asked.state == "open":
        pages: Pages = request.app.state.events.pages
        return _page(pages, pages.confirm(asked.alias, reader), 200)
    return _notice(request, "expired" if asked.state == "gone" else asked.state, reader)


def _reader(request: Request, locale: str | None) -> Reader:
    return Reader(locale, request.headers.get("accept-language", ""))


def _notice(request: Request, kind: Notice, reader: Reader) -> Response:
    pages: Pages = request.app.state.events.pages
    return _page(pages, pages.notice(kind, reader), _STATUS[kind])


def _page(pages: Pages, html: str, status: int) -> Response:
    return HTMLResponse(html, status, {"Content-Security-Policy": pages.policy})
