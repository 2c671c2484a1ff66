"""Decisions over HTTP: why was somebody thanked, or not, and what would be decided now?"""

from datetime import datetime
from typing import Annotated

import msgspec
from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from services.notifier.domain.decision import Reason
from services.notifier.domain.message import Text
from services.notifier.domain.occasion import Occasion
from services.notifier.inbound.answers import (
    DecisionAnswer,
    DecisionsAnswer,
    SimulationAnswer,
    TextAnswer,
    UnthankedAnswer,
    UnthankedListAnswer,
)
from services.notifier.inbound.asking import (
    Data,
    Id,
    Limit,
    Source,
    clock,
    position,
    stores,
    survivor,
    survivors,
)
from services.notifier.ports.decisions import DecisionQuery, UnthankedQuery
from services.notifier.use_cases.simulating import Simulate
from shared.clock import epoch_ms
from shared.contracts.engagement import ActRef
from shared.contracts.messages import Verdict
from shared.links import without_tokens
from shared.web import cursors
from shared.web.cursors import Cursor, Place
from shared.web.keys import require
from shared.web.moved import MOVED, moved_query

router = APIRouter(tags=["decisions"])

_KIND = r"^[a-z][a-z0-9_]{0,49}(\.[a-z0-9][a-z0-9_.-]{0,199})?$"
_RULE = r"^[a-z][a-z0-9-]{0,49}$"


class Simulation(BaseModel):
    """Something that might happen, or has: an act, a moment, or a request."""

    model_config = ConfigDict(extra="forbid")

    customer: Id
    on: str = Field(
        pattern=_KIND,
        description="As rules call it: purchase, level_reached.friend, request.<rule> …",
    )
    time: AwareDatetime | None = Field(None, description="When it happened; now if left out.")
    data: Data = Field(default_factory=dict, description="The act's payload.")
    source: Source | None = Field(None, description="Of an act that was told, with its id.")
    id: Id | None = None


@router.get(
    "/v1/decisions",
    summary="Why was somebody thanked, or not?",
    response_model=DecisionsAnswer,
    responses=MOVED,
    dependencies=[require("decisions:read")],
)
async def list_decisions(
    request: Request,
    customer: Annotated[Id | None, Query(description="Only about this customer.")] = None,
    act_source: Annotated[Source | None, Query(description="Only about acts from here.")] = None,
    act_id: Annotated[Id | None, Query(description="Only about acts with this id.")] = None,
    verdict: Annotated[Verdict | None, Query(description="Only with this verdict.")] = None,
    reason: Annotated[Reason | None, Query(description="Only for this reason.")] = None,
    rule: Annotated[str | None, Query(pattern=_RULE, description="Only by this rule.")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> DecisionsAnswer | RedirectResponse:
    """One for each act, moment and request, as it stands now; the latest decided first."""
    if customer is not None and (stands := await survivor(request, customer)) != customer:
        return moved_query(request, stands)
    found = await stores(request).decisions.page(
        DecisionQuery(
            limit + 1, position(cursor), customer, act_source, act_id, verdict, reason, rule
        )
    )
    stand = await survivors(request, {d.occasion.customer for d in found})
    return DecisionsAnswer(
        data=[DecisionAnswer.of(decision, stand) for decision in found[:limit]],
        next_cursor=cursors.next_cursor(found, limit, lambda d: Place(d.decided_at, d.id)),
    )


@router.get(
    "/v1/unthanked",
    summary="What deserves thanks and got none?",
    response_model=UnthankedListAnswer,
    responses=MOVED,
    dependencies=[require("decisions:read")],
)
async def list_unthanked(
    request: Request,
    customer: Annotated[Id | None, Query(description="Only of this customer.")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> UnthankedListAnswer | RedirectResponse:
    """What a rule thanks for and that was held or suppressed, with its age; the oldest first. What
    was told before, taken back, or done by staff is owed no thanks."""
    if customer is not None and (stands := await survivor(request, customer)) != customer:
        return moved_query(request, stands)
    query = UnthankedQuery(limit + 1, position(cursor), customer)
    found = await stores(request).decisions.unthanked(query)
    stand = await survivors(request, {d.occasion.customer for d in found})
    now = clock(request).now()
    return UnthankedListAnswer(
        data=[UnthankedAnswer.of(decision, stand, now) for decision in found[:limit]],
        next_cursor=cursors.next_cursor(found, limit, lambda d: Place(d.occasion.time, d.id)),
    )


@router.post(
    "/v1/decisions:simulate",
    summary="What would be decided now?",
    dependencies=[require("decisions:read")],
)
async def simulate_decision(request: Request, body: Simulation) -> SimulationAnswer:
    """Goes by everything that is known of the customer at this moment, decides nothing and sends
    nothing. An act that was told, named by source and id, is answered with what was decided."""
    simulate: Simulate = request.app.state.notifier.simulate
    simulated = await simulate(_occasion(body, clock(request).now()))
    decision = simulated.decision
    named = (*simulated.together, *filter(None, [decision]))
    stand = await survivors(request, {one.occasion.customer for one in named})
    return SimulationAnswer(
        decision=decision and DecisionAnswer.of(decision, stand),
        stands=simulated.stands,
        text=_text(simulated.text),
        merges=[DecisionAnswer.of(one, stand) for one in simulated.together],
    )


def _occasion(body: Simulation, now: datetime) -> Occasion:
    time = body.time or now
    ref = ActRef(
        source=body.source or "/simulated",
        id=body.id or now.isoformat(),
        type=f"io.requite.act.{body.on}.v1",
        time=time.isoformat(),
    )
    order = body.data.get("order_id")
    return Occasion(
        ref=ref,
        customer=body.customer,
        kind=body.on,
        time=epoch_ms(time),
        data=msgspec.json.encode(body.data),
        order=order if isinstance(order, str) else None,
    )


def _text(text: Text | None) -> TextAnswer | None:
    if text is None:
        return None
    body = without_tokens(text.body)
    return TextAnswer(language=text.language, subject=text.subject, body=body)
