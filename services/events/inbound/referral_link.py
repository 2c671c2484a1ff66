"""/r/{code}: the link that customers share. It counts a visit and leads to the shop."""

import re
from typing import Annotated

from fastapi import APIRouter, Path, Request
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from services.events.domain.invitation import CODE, link_to
from services.events.use_cases.referrals import ReferralDesk

router = APIRouter(tags=["referrals"])

Code = Annotated[str, Path(max_length=64, description="The referrer's code.")]

_ROBOT = re.compile(
    r"bot\b|bot/|crawl|spider|slurp|scan|preview|prefetch|fetch|monitor|check|curl|wget|python|"
    r"http-?client|okhttp|facebookexternalhit|whatsapp|skype|embed|proxy|headless",
    re.IGNORECASE,
)


@router.head("/r/{code}", include_in_schema=False)
@router.get(
    "/r/{code}",
    summary="Follow a customer's link",
    status_code=302,
    response_class=RedirectResponse,
    responses={302: {"description": "To the shop's landing page"}},
)
async def follow(request: Request, code: Code) -> Response:
    """Sets no cookie. Where it leads is the programme's, and only a code that was given out here
    is put into it; any other leads to the shop's front page, or is not found."""
    desk: ReferralDesk = request.app.state.events.referrals
    code = code.lower()
    known = CODE.fullmatch(code) is not None and await _is_known(request, desk, code)
    if known and desk.terms.rules.link is not None:
        return RedirectResponse(link_to(desk.terms.rules.link, code), 302)
    if desk.terms.shop_url is not None:
        return RedirectResponse(desk.terms.shop_url, 302)
    raise HTTPException(404, "This link leads nowhere any more")


async def _is_known(request: Request, desk: ReferralDesk, code: str) -> bool:
    if not _is_person(request):
        return await desk.invite.invitations.get(code) is not None
    ip = request.client.host if request.client else None
    return await desk.invite.visit(code, ip, request.headers.get("user-agent"))


def _is_person(request: Request) -> bool:
    """Whether it looks like a person with a browser: scanners of mail, makers of previews and
    browsers that fetch ahead follow links too, and have brought nobody."""
    headers = request.headers
    ahead = headers.get("sec-purpose") or headers.get("purpose") or headers.get("x-moz") or ""
    browser = headers.get("user-agent", "")
    return (
        request.method == "GET"
        and "text/html" in headers.get("accept", "")
        and "prefetch" not in ahead.lower()
        and browser != ""
        and _ROBOT.search(browser) is None
    )
