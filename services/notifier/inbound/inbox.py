"""The in-app inbox and notes for parcels: what the shop itself shows to the customer."""

from datetime import datetime
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from services.notifier.domain.message import Message
from services.notifier.inbound.asking import Limit, clock, position, stores, survivor
from services.notifier.inbound.messages import MessageId
from services.notifier.ports.messages import MessageQuery
from shared.clock import epoch_ms, from_epoch_ms
from shared.contracts.purposes import Purpose
from shared.web import cursors
from shared.web.cursors import Cursor, Place
from shared.web.keys import require
from shared.web.moved import MOVED, moved
from shared.web.routes import SegmentRoute

router = APIRouter(route_class=SegmentRoute)

INBOX, PRINT = "inbox", "print"

CustomerId = Annotated[str, Path(min_length=1, max_length=200, description="The shop's own id.")]
OrderId = Annotated[str, Path(min_length=1, max_length=200, description="The order's number.")]


class Note(BaseModel):
    """A message as the customer reads it."""

    id: str
    purpose: Purpose
    language: str
    subject: str
    body: str
    html: str | None
    sent_at: datetime
    read_at: datetime | None

    @classmethod
    def of(cls, message: Message) -> "Note | None":
        """None once its text was deleted, 90 days after it was sent."""
        if message.text is None or message.finished_at is None:
            return None
        return cls(
            id=message.id,
            purpose=message.purpose,
            language=message.text.language,
            subject=message.text.subject,
            body=message.text.body,
            html=message.text.html,
            sent_at=from_epoch_ms(message.finished_at),
            read_at=None if message.read_at is None else from_epoch_ms(message.read_at),
        )


class InboxAnswer(BaseModel):
    """Some messages, the newest first; no `next_cursor` at the end."""

    data: list[Note]
    next_cursor: str | None


class PackingNotesAnswer(BaseModel):
    """What to print for a parcel, the newest first; often nothing."""

    order_id: str
    data: list[Note] = Field(max_length=20)


@router.get(
    "/v1/inbox/{customer_id}",
    tags=["inbox"],
    summary="What is in the customer's inbox?",
    response_model=InboxAnswer,
    responses=MOVED,
    dependencies=[require("inbox:read")],
)
async def read_inbox(
    request: Request,
    customer_id: CustomerId,
    unread: Annotated[bool, Query(description="Only what was not read yet.")] = False,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> InboxAnswer | RedirectResponse:
    """What went by the channel `inbox`. Reading it here marks nothing as read."""
    if (stands := await survivor(request, customer_id)) != customer_id:
        query = f"?{request.url.query}" if request.url.query else ""
        return moved(f"/v1/inbox/{quote(stands, safe='')}{query}")
    wanted = MessageQuery(limit + 1, customer_id, position(cursor), INBOX, unread)
    found = await stores(request).messages.page(wanted)
    notes = [Note.of(message) for message in found[:limit] if message.status == "sent"]
    return InboxAnswer(
        data=[note for note in notes if note],
        next_cursor=cursors.next_cursor(found, limit, lambda m: Place(m.created_at, m.id)),
    )


@router.post(
    "/v1/inbox/{customer_id}/{message_id}:read",
    tags=["inbox"],
    summary="The customer read a message",
    dependencies=[require("inbox:write")],
)
async def mark_read(request: Request, customer_id: CustomerId, message_id: MessageId) -> Note:
    """Once; a second time changes nothing."""
    message = await stores(request).messages.message(message_id)
    person = await survivor(request, customer_id)
    if (
        message is None
        or message.channel != INBOX
        or message.status != "sent"
        or await survivor(request, message.customer) != person
    ):
        raise HTTPException(404, "No such message in this inbox")
    read = await stores(request).messages.mark_read(message_id, epoch_ms(clock(request).now()))
    note = read and Note.of(read)
    if not note:
        raise HTTPException(404, "No such message in this inbox")
    return note


@router.get(
    "/v1/packing-notes/{order_id}",
    tags=["inbox"],
    summary="What note goes into the parcel?",
    dependencies=[require("inbox:read")],
)
async def packing_notes(request: Request, order_id: OrderId) -> PackingNotesAnswer:
    """What went by the channel `print` about this order."""
    found = await stores(request).messages.of_order(order_id, PRINT, 20)
    notes = [Note.of(message) for message in found if message.status == "sent"]
    return PackingNotesAnswer(order_id=order_id, data=[note for note in notes if note])
