"""Decisions and messages over HTTP: why was somebody thanked, or not, and with what words?"""

from collections.abc import Collection, Mapping
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import RedirectResponse
from pydantic import Field
from starlette.exceptions import HTTPException

from services.notifier.inbound.answers import (
    DecisionAnswer,
    DecisionsAnswer,
    MessageAnswer,
    MessagesAnswer,
)
from services.notifier.ports import DecisionQuery, MessageQuery, Position, Stores
from shared.contracts.messages import Verdict
from shared.web import cursors
from shared.web.cursors import Cursor, Place
from shared.web.keys import require
from shared.web.moved import MOVED, moved_query

router = APIRouter()

_PRINTABLE = r"^[^\x00-\x1f\x7f-\x9f]+$"

Id = Annotated[str, Field(min_length=1, max_length=200, pattern=_PRINTABLE)]
Source = Annotated[str, Field(min_length=1, max_length=2000, pattern=_PRINTABLE)]
MessageId = Annotated[str, Path(pattern="^[0-9a-f]{32}$")]
Limit = Annotated[int, Query(ge=1, le=200)]


@router.get(
    "/v1/decisions",
    tags=["decisions"],
    summary="Why was somebody thanked, or not?",
    response_model=DecisionsAnswer,
    responses=MOVED,
    dependencies=[require("decisions:read")],
)
async def list_decisions(
    request: Request,
    customer: Annotated[Id | None, Query(description="Only about this customer's acts.")] = None,
    act_source: Annotated[Source | None, Query(description="Only about acts from here.")] = None,
    act_id: Annotated[Id | None, Query(description="Only about acts with this id.")] = None,
    verdict: Annotated[Verdict | None, Query(description="Only with this verdict.")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> DecisionsAnswer | RedirectResponse:
    """One for each act, as it stands now; the latest decided first."""
    if customer is not None and (survivor := await _survivor(request, customer)) != customer:
        return moved_query(request, survivor)
    query = DecisionQuery(limit + 1, _position(cursor), customer, act_source, act_id, verdict)
    found = await _stores(request).decisions.page(query)
    survivors = await _survivors(request, {d.act.customer for d in found})
    return DecisionsAnswer(
        data=[DecisionAnswer.of(decision, survivors) for decision in found[:limit]],
        next_cursor=cursors.next_cursor(found, limit, lambda d: Place(d.decided_at, d.id)),
    )


@router.get(
    "/v1/messages",
    tags=["messages"],
    summary="What was sent to a customer?",
    response_model=MessagesAnswer,
    responses=MOVED,
    dependencies=[require("decisions:read")],
)
async def list_messages(
    request: Request,
    customer: Annotated[Id, Query(description="The shop's own id.")],
    limit: Limit = 50,
    cursor: Cursor = None,
) -> MessagesAnswer | RedirectResponse:
    """The latest first. Nothing is left of a customer who was erased."""
    if (survivor := await _survivor(request, customer)) != customer:
        return moved_query(request, survivor)
    query = MessageQuery(limit + 1, customer, _position(cursor))
    found = await _stores(request).messages.page(query)
    survivors = await _survivors(request, {m.customer for m in found})
    return MessagesAnswer(
        data=[MessageAnswer.of(message, survivors) for message in found[:limit]],
        next_cursor=cursors.next_cursor(found, limit, lambda m: Place(m.created_at, m.id)),
    )


@router.get(
    "/v1/messages/{message_id:hex_id}",
    tags=["messages"],
    summary="Look at a message",
    dependencies=[require("decisions:read")],
)
async def get_message(request: Request, message_id: MessageId) -> MessageAnswer:
    """Where it stands, and its words."""
    message = await _stores(request).messages.message(message_id)
    if message is None:
        raise HTTPException(404, "No such message")
    return MessageAnswer.of(message, await _survivors(request, {message.customer}))


def _stores(request: Request) -> Stores:
    stores: Stores = request.app.state.notifier.stores
    return stores


async def _survivors(request: Request, customers: Collection[str]) -> Mapping[str, str]:
    """For whom each customer stands now; nobody for "", which stands for all who were erased."""
    named = [customer for customer in customers if customer]
    return await _stores(request).customers.survivors(named)


async def _survivor(request: Request, customer: str) -> str:
    return (await _survivors(request, [customer]))[customer]


def _position(cursor: str | None) -> Position | None:
    place = cursors.decode(cursor)
    return place and Position(place.time, place.id)
