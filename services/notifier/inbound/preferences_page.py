"""/u/{token}: the page on which a customer says what they want. Looking at it changes nothing."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, Response

from services.notifier.domain.choices import Choices, choices, wish
from services.notifier.domain.customer import Customer
from services.notifier.domain.wall_clock import day_of
from services.notifier.domain.wish import stop
from services.notifier.inbound.preferences_form import answers, is_form, revision
from services.notifier.pages.rendering import Line, Notice, Pages
from services.notifier.use_cases.preferring import Prefer, Stale
from services.notifier.use_cases.showing import ShowPreferences
from shared.clock import epoch_ms
from shared.errors import Unavailable
from shared.links import LinkInvalid, PreferencesLink
from shared.pages.templates import Reader

router = APIRouter(tags=["preference page"])

Token = Annotated[str, Path(description="Signed by whoever sent the link.")]

ONE_CLICK = ("List-Unsubscribe", "One-Click")
"""What a mail program posts when its reader unsubscribes (RFC 8058, section 3.1)."""

_STATUS: dict[Notice, int] = {"stopped": 200, "unknown": 404, "erased": 200, "busy": 503}
_HTML: dict[str, Any] = {"content": {"text/html": {"schema": {"type": "string"}}}}
_PAGES: dict[int | str, dict[str, Any]] = {
    404: {"description": "A link that was not made here", **_HTML},
    409: {"description": "The page again, since something was changed in between", **_HTML},
    503: {"description": "A page that asks to try again", **_HTML},
}
_FIELDS = {
    "schema": {
        "type": "object",
        "properties": {
            "List-Unsubscribe": {"type": "string", "description": "`One-Click`: stop at once."},
            "action": {"type": "string", "description": "`stop`: no more messages at all."},
            "revision": {"type": "string", "description": "What the form was made from."},
        },
    }
}
_FORM = {
    "requestBody": {
        "content": {"application/x-www-form-urlencoded": _FIELDS, "multipart/form-data": _FIELDS}
    }
}


@dataclass(frozen=True, slots=True)
class Visit:
    """A request by somebody who holds a good link."""

    request: Request
    link: PreferencesLink
    customer: Customer
    reader: Reader

    @property
    def pages(self) -> Pages:
        return _pages(self.request)


Then = Callable[[Visit], Awaitable[Response]]


@router.head("/u/{token}", include_in_schema=False)
@router.get(
    "/u/{token}",
    summary="Open the preference page",
    response_class=HTMLResponse,
    responses=_PAGES,
)
async def show_preferences(request: Request, token: Token) -> Response:
    """What a customer gets, how often, by which way; in their language."""
    return await _with_link(request, token, _show)


@router.post(
    "/u/{token}",
    summary="Say what to receive, or stop at once",
    response_class=HTMLResponse,
    responses=_PAGES,
    openapi_extra=_FORM,
)
async def say_preferences(request: Request, token: Token) -> Response:
    """Takes the page's forms, and the one click of RFC 8058, which stops messages like the one that
    the link came with. The same once more changes nothing."""
    return await _with_link(request, token, _take)


async def _with_link(request: Request, token: str, then: Then) -> Response:
    """Whatever goes wrong on the way, a person gets a page and no problem document."""
    preferences: ShowPreferences = request.app.state.notifier.preferences
    reader = _reader(request, None)
    try:
        link = preferences.link(token)
        customer = await preferences.customer(link.customer)
        reader = _reader(request, customer.locale)
        if customer.erased:
            return _notice(_pages(request), "erased", reader)
        return await then(Visit(request, link, customer, reader))
    except LinkInvalid:
        return _notice(_pages(request), "unknown", reader)
    except Unavailable:
        return _notice(_pages(request), "busy", reader)


async def _show(visit: Visit) -> Response:
    return _form_page(visit, visit.customer)


async def _take(visit: Visit) -> Response:
    prefer: Prefer = visit.request.app.state.notifier.prefer
    preferences: ShowPreferences = visit.request.app.state.notifier.preferences
    form = await _form(visit.request)
    if form.get(ONE_CLICK[0]) == ONE_CLICK[1]:
        await prefer.stop(visit.link.customer, visit.link.message_id, "one_click")
        return _notice(visit.pages, "stopped", visit.reader)
    if form.get("action") == "stop":
        wording = visit.pages.wording(visit.reader)
        customer = await prefer(visit.customer.id, stop(wording=wording), "page")
        return _changed(visit, customer, "stopped_all")
    if not is_form(form):
        return _form_page(visit, visit.customer, "stale")
    now = epoch_ms(preferences.clock.now())
    asked = choices(visit.customer, preferences.policy, now)
    wanted = wish(
        answers(form, asked, now),
        visit.customer,
        preferences.policy,
        visit.pages.wording(visit.reader),
        now,
    )
    try:
        customer = await prefer(visit.customer.id, wanted, "page", revision(form))
    except Stale:
        return _form_page(visit, await prefer.customer(visit.customer.id), "stale")
    return _changed(visit, customer, "saved")


async def _form(request: Request) -> FormData:
    body = await request.body()
    if body.strip() == "=".join(ONE_CLICK).encode():  # whatever its media type is said to be
        return FormData([ONE_CLICK])
    try:
        return await request.form(max_files=0, max_fields=200)
    except HTTPException as error:
        if error.status_code != 400:
            raise
        return FormData()  # No form: show the page again.


def _changed(visit: Visit, customer: Customer, line: Line) -> Response:
    if customer.erased:
        return _notice(visit.pages, "erased", visit.reader)
    return _form_page(visit, customer, line)


def _form_page(visit: Visit, customer: Customer, line: Line | None = None) -> Response:
    preferences: ShowPreferences = visit.request.app.state.notifier.preferences
    shown: Choices = preferences.choices(customer)
    zone = customer.zones(preferences.policy.time_zone)[0]
    until = None if shown.paused_until is None else day_of(shown.paused_until, zone)
    html = visit.pages.preferences(shown, until, visit.reader, line)
    return _page(visit.pages, html, 409 if line == "stale" else 200)


def _pages(request: Request) -> Pages:
    pages: Pages = request.app.state.notifier.pages
    return pages


def _reader(request: Request, locale: str | None) -> Reader:
    return Reader(locale, request.headers.get("accept-language", ""))


def _notice(pages: Pages, kind: Notice, reader: Reader) -> Response:
    return _page(pages, pages.notice(kind, reader), _STATUS[kind])


def _page(pages: Pages, html: str, status: int) -> Response:
    """Referrer-Policy and Cache-Control are those of every answer."""
    headers = {"Content-Security-Policy": pages.policy, "X-Robots-Tag": "noindex"}
    return HTMLResponse(html, status, headers)
