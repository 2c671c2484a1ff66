"""Segments and circles over HTTP."""

from collections.abc import Mapping
from typing import Annotated, Any, TypeVar

import msgspec
from fastapi import APIRouter, Path, Query, Request, Response
from starlette.exceptions import HTTPException

from services.engagement.domain.membership import Group
from services.engagement.inbound.customer_path import CustomerPath, unknown
from services.engagement.inbound.group_answers import (
    CirclePage,
    CirclesAnswer,
    SegmentPage,
    SegmentsAnswer,
    circle_members,
    member_members,
    segment_members,
)
from services.engagement.inbound.member_export import Format, export
from services.engagement.use_cases.circles import KeepCircles
from services.engagement.use_cases.groups import ReadGroups
from services.engagement.use_cases.profiles import ReadProfiles
from shared.web import opaque_cursors
from shared.web.keys import require
from shared.web.opaque_cursors import OpaqueCursor
from shared.web.routes import SegmentRoute

router = APIRouter(route_class=SegmentRoute)
T = TypeVar("T")

Name = Annotated[str, Path(max_length=50, description="As its file in the programme is called.")]
Limit = Annotated[int, Query(ge=1, le=1000)]
AsFormat = Annotated[Format, Query(description="JSON Lines or CSV.")]
Place = Annotated[str, msgspec.Meta(min_length=1, max_length=1000)]
_EXPORT: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "All members, in the order of their ids.",
        "content": {
            "application/jsonl": {"schema": {"type": "string"}},
            "text/csv": {"schema": {"type": "string"}},
        },
    }
}


@router.get(
    "/v1/segments",
    tags=["segments"],
    summary="Which segments are there, and how large are they?",
    dependencies=[require("profiles:read")],
    response_model=SegmentsAnswer,
)
async def list_segments(request: Request) -> Response:
    """In the order of their names."""
    read = _read(request)
    counts = await read.counts()
    found = [segment_members(one, counts) for _, one in sorted(read.segments.items())]
    return _json({"data": found})


@router.get(
    "/v1/segments/{name}",
    tags=["segments"],
    summary="What is this segment, and who belongs to it?",
    dependencies=[require("profiles:read")],
    response_model=SegmentPage,
)
async def get_segment(
    request: Request, name: Name, cursor: OpaqueCursor = None, limit: Limit = 100
) -> Response:
    """Members come and go while pages are read; whoever stays is shown once."""
    read = _read(request)
    segment = _known(read.segments, name, "segment")
    page = await _page(read, Group("segment", name), cursor, limit)
    return _json({**segment_members(segment, await read.counts()), **page})


@router.get(
    "/v1/segments/{name}/members",
    tags=["segments"],
    summary="Everybody who belongs to this segment",
    dependencies=[require("profiles:read")],
    response_class=Response,
    responses=_EXPORT,
)
async def export_segment(request: Request, name: Name, format: AsFormat = "jsonl") -> Response:
    """In one stream. JSON Lines end with `{"members": …}`; a stream without its end was cut off.
    In CSV an id that begins as a formula does has a ' in front."""
    read = _read(request)
    _known(read.segments, name, "segment")
    return export(name, read.everybody(Group("segment", name)), format)


@router.get(
    "/v1/circles",
    tags=["circles"],
    summary="Which circles are there, and how large are they?",
    dependencies=[require("profiles:read")],
    response_model=CirclesAnswer,
)
async def list_circles(request: Request) -> Response:
    """In the order of their names."""
    read = _read(request)
    counts = await read.counts()
    return _json({"data": [circle_members(one, counts) for _, one in sorted(read.circles.items())]})


@router.get(
    "/v1/circles/{name}",
    tags=["circles"],
    summary="What is this circle, and who belongs to it?",
    dependencies=[require("profiles:read")],
    response_model=CirclePage,
)
async def get_circle(
    request: Request, name: Name, cursor: OpaqueCursor = None, limit: Limit = 100
) -> Response:
    """Members come and go while pages are read; whoever stays is shown once."""
    read = _read(request)
    circle = _known(read.circles, name, "circle")
    page = await _page(read, Group("circle", name), cursor, limit)
    return _json({**circle_members(circle, await read.counts()), **page})


@router.get(
    "/v1/circles/{name}/members",
    tags=["circles"],
    summary="Everybody who belongs to this circle",
    dependencies=[require("profiles:read")],
    response_class=Response,
    responses=_EXPORT,
)
async def export_circle(request: Request, name: Name, format: AsFormat = "jsonl") -> Response:
    """In one stream, as for segments."""
    read = _read(request)
    _known(read.circles, name, "circle")
    return export(name, read.everybody(Group("circle", name)), format)


@router.put(
    "/v1/circles/{name}/members/{customer}",
    tags=["circles"],
    summary="Put a customer into a circle",
    dependencies=[require("profiles:write")],
    status_code=204,
)
async def put_member(request: Request, name: Name, customer: CustomerPath) -> None:
    """By hand, whatever the rule says. 404 for a customer of whom nothing is known, 409 for a
    circle that is by rule only."""
    await _decide(request, name, customer, member=True)


@router.delete(
    "/v1/circles/{name}/members/{customer}",
    tags=["circles"],
    summary="Take a customer out of a circle",
    dependencies=[require("profiles:write")],
    status_code=204,
)
async def delete_member(request: Request, name: Name, customer: CustomerPath) -> None:
    """And keep them out: a rule does not put them back, only a hand does. 409 for a circle that is
    by rule only."""
    await _decide(request, name, customer, member=False)


async def _decide(request: Request, name: str, customer: str, *, member: bool) -> None:
    circles: KeepCircles = request.app.state.engagement.circles
    _known(circles.circles, name, "circle")
    profiles: ReadProfiles = request.app.state.engagement.profiles
    if member and not await profiles.knows(customer):
        unknown()
    await circles.decide(name, customer, member=member)


def _read(request: Request) -> ReadGroups:
    read: ReadGroups = request.app.state.engagement.groups
    return read


def _known(groups: Mapping[str, T], name: str, kind: str) -> T:
    if name not in groups:
        raise HTTPException(404, f"The programme has no such {kind}")
    return groups[name]


async def _page(
    read: ReadGroups, group: Group, cursor: str | None, limit: int
) -> Mapping[str, Any]:
    after = opaque_cursors.decode(cursor, Place) or ""
    found = await read.page(group, after, limit + 1)
    more = len(found) > limit
    return {
        "data": [member_members(one) for one in found[:limit]],
        "next_cursor": opaque_cursors.encode(found[limit - 1].customer) if more else None,
    }


def _json(content: Any) -> Response:
    # The shape is this module's own, so the response model only describes it.
    return Response(msgspec.json.encode(content), media_type="application/json")
