"""GET /v1/profiles/{customer} and its timeline: the 360-degree view."""

from collections.abc import Sequence
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Query, Request, Response

from services.engagement.domain.timeline import Kind
from services.engagement.inbound.customer_path import CustomerPath, elsewhere
from services.engagement.inbound.profile_answers import ProfileAnswer, profile_members
from services.engagement.inbound.timeline_answers import TimelinePage, page_members, read_place
from services.engagement.use_cases.profiles import ReadProfiles
from services.engagement.use_cases.timeline import KINDS
from shared.web import etags
from shared.web.keys import Principal, require
from shared.web.moved import MOVED
from shared.web.opaque_cursors import OpaqueCursor
from shared.web.routes import SegmentRoute

router = APIRouter(tags=["profiles"], route_class=SegmentRoute)

_NOT_MODIFIED: dict[int | str, dict[str, Any]] = {
    304: {"description": "What the caller has (If-None-Match) still holds"}
}


@router.get(
    "/v1/profiles/{customer}",
    summary="What is known of this customer?",
    response_model=ProfileAnswer,
    responses={**MOVED, **_NOT_MODIFIED},
)
async def get_profile(
    request: Request,
    principal: Annotated[Principal, require("profiles:read")],
    customer: CustomerPath,
) -> Response:
    """Identity only where the key has customers:read besides. The ETag is weak: it stands for the
    facts, and changes once a day besides, since scores age all the time."""
    profiles: ReadProfiles = request.app.state.engagement.profiles
    may_identify = principal.may("customers:read")
    view = await profiles.view(customer, may_identify)
    if view is None:
        return await elsewhere(profiles.read, customer, "/v1/profiles/{}", request.url.query)
    headers = {"ETag": etags.weak(view.tag), "Vary": "Authorization"}
    if etags.is_known(view.tag, request.headers.get("If-None-Match")):
        return Response(status_code=304, headers=headers)
    body = msgspec.json.encode(profile_members(view, identity_hidden=not may_identify))
    return Response(body, media_type="application/json", headers=headers)


@router.get(
    "/v1/profiles/{customer}/timeline",
    summary="What happened between this customer and us?",
    dependencies=[require("profiles:read")],
    response_model=TimelinePage,
    responses=MOVED,
)
async def get_timeline(
    request: Request,
    customer: CustomerPath,
    cursor: OpaqueCursor = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    kinds: Annotated[
        Sequence[Kind] | None, Query(max_length=20, description="Only these; may be repeated.")
    ] = None,
) -> Response:
    """Acts, messages, answers, cases, notes and moments in one order, newest first. What comes
    while pages are read is found on the first page, or in its place; nothing is shown twice."""
    profiles: ReadProfiles = request.app.state.engagement.profiles
    before = read_place(cursor)
    known = await profiles.known(customer)
    if known is None:
        return await elsewhere(
            profiles.read, customer, "/v1/profiles/{}/timeline", request.url.query
        )
    wanted = frozenset(kinds) if kinds else KINDS
    page = await profiles.timeline(customer, known.ids, wanted, before, limit)
    body = msgspec.json.encode(page_members(page, customer))
    return Response(body, media_type="application/json")
