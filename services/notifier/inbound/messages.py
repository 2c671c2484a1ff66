"""Messages over HTTP: what was sent, with what words; and the shop's own requests for one."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

from services.notifier.inbound.answers import DecisionAnswer, MessageAnswer, MessagesAnswer
from services.notifier.inbound.asking import (
    Data,
    Id,
    Limit,
    position,
    stores,
    survivor,
    survivors,
)
from services.notifier.ports.messages import MessageQuery
from services.notifier.use_cases.requesting import AskForMessages
from services.notifier.use_cases.requesting import Request as Wish
from shared.errors import Conflict
from shared.web import cursors
from shared.web.cursors import Cursor, Place
from shared.web.keys import require
from shared.web.moved import MOVED, moved_query
from shared.web.openapi import problems

router = APIRouter(tags=["messages"])

MessageId = Annotated[str, Path(pattern="^[0-9a-f]{32}$")]
Channel = Annotated[
    str | None, Query(pattern="^[a-z][a-z0-9-]{0,49}$", description="Only by this channel.")
]


class MessageRequest(BaseModel):
    """A message that the shop asks for, by a rule that says `on: request`."""

    model_config = ConfigDict(extra="forbid")

    id: Id = Field(description="The shop's own: the same one never makes a second message.")
    customer: Id
    rule: str = Field(pattern="^[a-z][a-z0-9-]{0,49}$")
    data: Data = Field(default_factory=dict, description="What the template finds in `act`.")


@router.post(
    "/v1/messages",
    summary="Ask for a message",
    status_code=202,
    response_model=DecisionAnswer,
    dependencies=[require("messages:write")],
    responses=problems(404, 409),
)
async def ask_for_message(
    request: Request, response: Response, body: MessageRequest
) -> DecisionAnswer:
    """Decided like everything else, at once: consent, pauses, quiet hours and the attention budget
    hold. Asked again with the same id it answers what stands; 409 if the id was used for another
    customer or rule, 404 for a customer who was erased."""
    ask: AskForMessages = request.app.state.notifier.ask
    trace = request.headers.get("traceparent")
    decision = await ask(Wish(body.id, body.customer, body.rule, body.data, trace))
    if decision is None or not decision.occasion.customer:
        raise HTTPException(404, "The customer was erased")
    stand = await survivors(request, {body.customer, decision.occasion.customer})
    same_person = stand[body.customer] == stand[decision.occasion.customer]
    if not same_person or decision.occasion.kind != f"request.{body.rule}":
        raise Conflict("another message was asked for by this id")
    return DecisionAnswer.of(decision, stand)


@router.get(
    "/v1/messages",
    summary="What was sent to a customer?",
    response_model=MessagesAnswer,
    responses=MOVED,
    dependencies=[require("decisions:read")],
)
async def list_messages(
    request: Request,
    customer: Annotated[Id, Query(description="The shop's own id.")],
    channel: Channel = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> MessagesAnswer | RedirectResponse:
    """The latest first. Nothing is left of a customer who was erased."""
    if (stands := await survivor(request, customer)) != customer:
        return moved_query(request, stands)
    query = MessageQuery(limit + 1, customer, position(cursor), channel)
    found = await stores(request).messages.page(query)
    stand = await survivors(request, {m.customer for m in found})
    return MessagesAnswer(
        data=[MessageAnswer.of(message, stand) for message in found[:limit]],
        next_cursor=cursors.next_cursor(found, limit, lambda m: Place(m.created_at, m.id)),
    )


@router.get(
    "/v1/messages/{message_id:hex_id}",
    summary="Look at a message",
    dependencies=[require("decisions:read")],
)
async def get_message(request: Request, message_id: MessageId) -> MessageAnswer:
    """Where it stands, and its words."""
    message = await stores(request).messages.message(message_id)
    if message is None:
        raise HTTPException(404, "No such message")
    return MessageAnswer.of(message, await survivors(request, {message.customer}))
