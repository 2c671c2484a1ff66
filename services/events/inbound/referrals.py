"""Referrals over HTTP: codes, claims, their course, and the decisions of staff."""

from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response
from starlette.exceptions import HTTPException

from services.events.domain.referral import Decision, Referral
from services.events.inbound.referral_answers import (
    ClaimBody,
    InvitationAnswer,
    InviteBody,
    NoteBody,
    ReferralAnswer,
    ReferralsAnswer,
    VisitBody,
)
from services.events.ports.referrals import Wanted
from services.events.use_cases.referrals import ReferralDesk
from services.events.use_cases.referring import Claim
from shared.web import cursors
from shared.web.cursors import Cursor, place_of
from shared.web.keys import Principal, require
from shared.web.openapi import problems

router = APIRouter(tags=["referrals"])

Code = Annotated[str, Path(max_length=64, description="The referrer's code.")]
ReferralId = Annotated[str, Path(pattern="^[0-9a-f]{32}$")]
Deciding = Annotated[Principal, require("referrals:write")]


@router.post(
    "/v1/referrals",
    summary="Give a customer a code and a link",
    dependencies=[require("referrals:write")],
    responses={201: {"model": InvitationAnswer, "description": "New"}},
)
async def invite(request: Request, response: Response, body: InviteBody) -> InvitationAnswer:
    """The same again on repetition. What was seen with the referrer helps to recognise those who
    refer themselves."""
    desk = _desk(request)
    invitation, new = await desk.invite(body.referrer, body.seen())
    response.status_code = 201 if new else 200
    return InvitationAnswer.of(invitation, desk.terms.links_url)


@router.get(
    "/v1/referrals",
    summary="Which referrals are there?",
    dependencies=[require("referrals:read")],
)
async def list_referrals(
    request: Request,
    referrer: Annotated[str | None, Query(min_length=1, max_length=200)] = None,
    flagged: Annotated[bool, Query(description="Only what waits for a person.")] = False,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: Cursor = None,
) -> ReferralsAnswer:
    """Of one referrer, or of all; oldest first."""
    desk = _desk(request)
    place = cursors.decode(cursor)
    after = place and (place.moment, place.id)
    invitation = None
    if referrer is None:
        found = await desk.referrals.page(Wanted(flagged=flagged), after, limit + 1)
    else:
        invitation, found = await desk.of(referrer, flagged=flagged, after=after, limit=limit + 1)
    return ReferralsAnswer(
        invitation=invitation and InvitationAnswer.of(invitation, desk.terms.links_url),
        data=[ReferralAnswer.of(one) for one in found[:limit]],
        next_cursor=cursors.next_cursor(found, limit, lambda one: place_of(one.opened_at, one.id)),
    )


@router.get(
    "/v1/referrals/{referral_id:hex_id}",
    summary="How is a referral getting on?",
    dependencies=[require("referrals:read")],
)
async def get_referral(request: Request, referral_id: ReferralId) -> ReferralAnswer:
    """Its states, each with time and reason."""
    return _answer(await _desk(request).referrals.get(referral_id))


@router.post(
    "/v1/referrals/{referral_id:hex_id}:unblock",
    summary="Let a referral go on",
    responses=problems(409),
)
async def unblock(
    request: Request, referral_id: ReferralId, body: NoteBody, principal: Deciding
) -> ReferralAnswer:
    """Forgives what it was rejected or flagged for; what is found later may hold it up again."""
    return await _decide(request, referral_id, body, principal, reject=False)


@router.post(
    "/v1/referrals/{referral_id:hex_id}:reject",
    summary="Reject a referral",
    responses=problems(409),
)
async def reject(
    request: Request, referral_id: ReferralId, body: NoteBody, principal: Deciding
) -> ReferralAnswer:
    """Takes back what both sides got if it was confirmed already, and then can't be undone."""
    return await _decide(request, referral_id, body, principal, reject=True)


@router.post(
    "/v1/referrals/{code}/visits",
    summary="Somebody followed a link",
    status_code=204,
    dependencies=[require("referrals:write")],
)
async def visit(request: Request, code: Code, body: VisitBody) -> None:
    """For links that lead to the shop itself. A visitor counts once a day."""
    desk = _desk(request)
    if not await desk.invite.visit(code.lower(), body.anonymous_id or body.ip, None):
        raise HTTPException(404, "No such code")
    if body.anonymous_id is not None:
        await desk.refer.visit(code.lower(), body.anonymous_id, desk.clock.now())


@router.post(
    "/v1/referrals/{code}/claims",
    summary="Somebody came by a code",
    dependencies=[require("referrals:write")],
)
async def claim(request: Request, code: Code, body: ClaimBody) -> ReferralAnswer:
    """Tells the referral as it stands then, also if it is rejected. May be repeated when more was
    seen, such as how they paid."""
    desk = _desk(request)
    said = Claim(code.lower(), body.customer, desk.clock.now(), body.seen(), body.anonymous_id)
    found = await desk.refer.claim(said)
    if found is None:
        raise HTTPException(404, "No such code")
    return ReferralAnswer.of(found)


async def _decide(
    request: Request, referral_id: str, body: NoteBody, principal: Principal, *, reject: bool
) -> ReferralAnswer:
    desk = _desk(request)
    decision = Decision("unblock", desk.clock.now(), principal.name, body.reason)
    if reject:
        decision = replace(decision, verdict="reject")
    return _answer(await desk.decide(referral_id, decision))


def _answer(referral: Referral | None) -> ReferralAnswer:
    if referral is None:
        raise HTTPException(404, "No such referral")
    return ReferralAnswer.of(referral)


def _desk(request: Request) -> ReferralDesk:
    desk: ReferralDesk = request.app.state.events.referrals
    return desk
