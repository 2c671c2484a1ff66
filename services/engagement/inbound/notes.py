"""Staff notes over HTTP; they are read on the timeline."""

from datetime import datetime
from typing import Annotated, Any, cast

import msgspec
from fastapi import APIRouter, Header, Path, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

from services.engagement.domain.timeline import Note
from services.engagement.inbound.customer_path import CustomerPath, elsewhere
from services.engagement.inbound.timeline_answers import TimelineNote, note_members
from services.engagement.use_cases.notes import KeepNotes
from shared.clock import from_epoch_ms
from shared.web.idempotency_key import idempotency_key
from shared.web.keys import Principal, require
from shared.web.moved import MOVED
from shared.web.routes import SegmentRoute

router = APIRouter(tags=["profiles"], route_class=SegmentRoute)


class NoteBody(BaseModel):
    """What the next one who serves the customer should know."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    text: str = Field(min_length=1, max_length=4000)


class NoteAnswer(TimelineNote):
    """The note as it is kept."""

    time: datetime


@router.post(
    "/v1/profiles/{customer}/notes",
    summary="Write a note about a customer",
    status_code=201,
    response_model=NoteAnswer,
    responses=MOVED,
)
async def write_note(
    request: Request,
    principal: Annotated[Principal, require("profiles:write")],
    customer: CustomerPath,
    body: NoteBody,
    idempotency: Annotated[
        str | None,
        Header(
            alias="Idempotency-Key",
            description="A request that is sent again under the same key keeps one note.",
        ),
    ] = None,
) -> Response:
    """Its author is the name of the key. It stands on the timeline, until it is deleted or the
    customer is erased."""
    keep: KeepNotes = request.app.state.engagement.notes
    key = idempotency_key(request.scope["headers"])
    once = None if key is None else f"{principal.key_id} {key}"
    kept = await keep.write(customer, principal.name, body.text, once)
    if kept is None:
        return await elsewhere(keep.profiles.read, customer, "/v1/profiles/{}/notes")
    answer: dict[str, Any] = {
        **note_members(cast(Note, kept.body)),
        "time": from_epoch_ms(kept.time),
    }
    return Response(msgspec.json.encode(answer), 201, media_type="application/json")


@router.delete(
    "/v1/profiles/{customer}/notes/{note_id}",
    summary="Delete a note",
    status_code=204,
    dependencies=[require("profiles:write")],
    responses=MOVED,
)
async def delete_note(
    request: Request,
    customer: CustomerPath,
    note_id: Annotated[str, Path(pattern="^[0-9a-f]{32}$")],
) -> Response:
    """Whoever wrote it. Can't be undone."""
    keep: KeepNotes = request.app.state.engagement.notes
    struck = await keep.strike(customer, note_id)
    if struck is None:
        return await elsewhere(keep.profiles.read, customer, f"/v1/profiles/{{}}/notes/{note_id}")
    if not struck:
        raise HTTPException(404, "There is no such note about this customer")
    return Response(status_code=204)
