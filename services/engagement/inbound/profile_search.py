"""GET /v1/profiles: customers by what is known of them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from services.engagement.domain.name_search import name_words
from services.engagement.inbound.instants import Instant
from services.engagement.ports.people import WordPlace
from services.engagement.use_cases.searching import EVER, Found, SearchProfiles, Wanted
from shared.clock import epoch_ms, from_epoch_ms
from shared.errors import Invalid
from shared.web import opaque_cursors
from shared.web.keys import Principal, require
from shared.web.opaque_cursors import OpaqueCursor

router = APIRouter(tags=["profiles"])

Text = Annotated[str | None, Query(min_length=1, max_length=200)]
Name = Annotated[str | None, Query(min_length=1, max_length=100)]


class FoundAnswer(BaseModel):
    """A customer; all that is known is in the profile."""

    customer: str
    name: str | None = Field(description="Null also where the key lacks customers:read.")
    level: str | None = Field(description="Null where there are no acts, as are the next two.")
    total: float | None
    last_act: datetime | None


class SearchAnswer(BaseModel):
    """Some of them. A page may be short or even empty with a `next_cursor`, as each request looks
    at so many customers only; at the end there is none."""

    data: list[FoundAnswer]
    next_cursor: str | None


class _Cursor(msgspec.Struct, array_like=True, forbid_unknown_fields=True):
    word: str
    customer: str


@router.get("/v1/profiles", summary="Which customers are like this?", response_model=SearchAnswer)
async def search_profiles(
    request: Request,
    principal: Annotated[Principal, require("profiles:read")],
    id: Text = None,
    alias: Text = None,
    name: Annotated[
        str | None,
        Query(
            min_length=1,
            max_length=200,
            description="The beginning of any word of the name, or of several; whatever the case.",
        ),
    ] = None,
    level: Name = None,
    segment: Name = None,
    act: Annotated[str | None, Query(max_length=100, description="They did one of these.")] = None,
    since: Annotated[
        Instant | None, Query(description="The act, or else their last one, was then or later.")
    ] = None,
    until: Annotated[Instant | None, Query(description="And before then.")] = None,
    cursor: OpaqueCursor = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> Response:
    """Those to whom everything applies that is asked for. `alias` and `name` need customers:read
    besides."""
    search: SearchProfiles = request.app.state.engagement.search
    sees_names = principal.may("customers:read")
    if (alias is not None or name is not None) and not sees_names:
        challenge = 'Bearer error="insufficient_scope", scope="customers:read"'
        raise HTTPException(403, "The key lacks customers:read", {"WWW-Authenticate": challenge})
    await _check(request, level, segment, act)
    wanted = Wanted(
        id=id,
        alias=alias,
        name=_words(name),
        level=level,
        segment=segment,
        act=act,
        since=-EVER if since is None else epoch_ms(since),
        until=EVER if until is None else epoch_ms(until),
    )
    if wanted.since >= wanted.until:
        raise Invalid("not after since", "/until")
    after = opaque_cursors.decode(cursor, _Cursor)
    place = None if after is None else WordPlace(after.word, after.customer)
    hits = await search(wanted, place, limit)
    answer = {
        "data": [_found(one, sees_names=sees_names) for one in hits.found],
        "next_cursor": hits.after and opaque_cursors.encode((hits.after.word, hits.after.customer)),
    }
    return Response(msgspec.json.encode(answer), media_type="application/json")


async def _check(request: Request, level: str | None, segment: str | None, act: str | None) -> None:
    """Raises Invalid for what the programme does not have."""
    engagement = request.app.state.engagement
    if level is not None:
        levels = (await engagement.read.books.live()).formula.levels
        if level not in {one.name for one in levels}:
            raise Invalid("no level of the programme", "/level")
    if segment is not None and segment not in engagement.search.segments:
        raise Invalid("no segment of the programme", "/segment")
    if act is not None and act not in engagement.search.acts:
        raise Invalid("no act of the programme", "/act")


def _words(name: str | None) -> tuple[str, ...]:
    if name is None:
        return ()
    words = tuple(name_words(name))
    if not words:
        raise Invalid("no letter or digit in it", "/name")
    return words


def _found(one: Found, *, sees_names: bool) -> Mapping[str, Any]:
    score = one.score
    return {
        "customer": one.customer,
        "name": one.person.name if one.person is not None and sees_names else None,
        "level": score and score.level.name,
        "total": score and score.total,
        "last_act": score and from_epoch_ms(score.profile.last),
    }
