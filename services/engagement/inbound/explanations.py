"""GET /v1/scores/{customer}/explain: why a score is what it is."""

from typing import Annotated

import msgspec
from fastapi import APIRouter, Query, Request, Response

from services.engagement.inbound.customer_path import CustomerPath, elsewhere
from services.engagement.inbound.explanation_answers import (
    ExplanationAnswer,
    explanation_members,
)
from services.engagement.inbound.instants import Instant
from services.engagement.use_cases.explaining import ExplainScores
from shared.clock import epoch_ms
from shared.web.cursors import Cursor, decode
from shared.web.keys import require
from shared.web.moved import MOVED
from shared.web.routes import SegmentRoute

router = APIRouter(route_class=SegmentRoute)


@router.get(
    "/v1/scores/{customer}/explain",
    tags=["scores"],
    summary="Why is this customer's score what it is?",
    dependencies=[require("scores:read")],
    response_model=ExplanationAnswer,
    responses=MOVED,
)
async def explain_score(
    request: Request,
    customer: CustomerPath,
    at: Annotated[
        Instant | None, Query(description="As of then instead of now; not with a cursor.")
    ] = None,
    cursor: Cursor = None,
    limit: Annotated[int, Query(ge=1, le=200, description="Lines on a page.")] = 50,
) -> Response:
    """Lines, the weightiest first, add up to the total to the last digit shown. A page after the
    first goes on at the time of the first."""
    explain: ExplainScores = request.app.state.engagement.explain
    after = decode(cursor)
    time = None if at is None else epoch_ms(at)
    if after is None:
        found = await explain(customer, time, None, limit)
    else:
        found = await explain(customer, after.time, after.id, limit)
    if found is None:
        read, query = explain.back.read, request.url.query
        return await elsewhere(read, customer, "/v1/scores/{}/explain", query)
    members = explanation_members(customer, found, explain.currency)
    return Response(msgspec.json.encode(members), media_type="application/json")
