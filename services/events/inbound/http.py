"""Customers and the quarantine over HTTP; POST /v1/events is in ingest.py."""

import base64
from datetime import datetime
from typing import Annotated, Any
from urllib.parse import quote

import msgspec
from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from services.events.domain.quarantine import Quarantined
from services.events.inbound.customer_body import CustomerAnswer, CustomerBody
from services.events.use_cases.customers import KeepCustomers
from services.events.use_cases.mending import MendQuarantine
from shared.web import cursors
from shared.web.cursors import Cursor, place_of
from shared.web.keys import require
from shared.web.moved import MOVED, moved
from shared.web.openapi import problems

router = APIRouter()

CustomerId = Annotated[str, Path(min_length=1, max_length=200, description="The shop's own id.")]
EntryId = Annotated[str, Path(pattern="^[0-9a-f]{32}$")]

_JSON = msgspec.json.Decoder(msgspec.Raw)


class Entry(BaseModel):
    """A refused event, and what is wrong with it."""

    id: str
    reason: str
    pointer: str = Field(description="JSON Pointer into the event.")
    received_at: datetime
    event_id: str | None
    source: str | None
    event: Any = Field(description="The event as sent; base64 text where it is not JSON.")


class Page(BaseModel):
    """Some entries, oldest first; no `next_cursor` at the end."""

    data: list[Entry]
    next_cursor: str | None


class Replayed(BaseModel):
    """What became of a replay."""

    accepted: bool
    entry: Entry | None = Field(description="What is still wrong, if it was not accepted.")


@router.put(
    "/v1/customers/{customer_id:path}",
    tags=["customers"],
    summary="Say who a customer is",
    dependencies=[require("customers:write")],
    responses={201: {"model": CustomerAnswer, "description": "New"}, **problems(409)},
)
async def put_customer(
    request: Request, response: Response, customer_id: CustomerId, body: CustomerBody
) -> CustomerAnswer:
    """Replaces everything that was known of the customer but consents, which are a record: new
    ones are added, what was said before stays, whether it is said again or left out. A line is
    known by its purpose, channel, state and time. Of more than 200 the oldest are dropped, but no
    refusal that stands as long as there is anything else. 409 for one who was merged into another,
    of whom it is to be said, and for an alias that is somebody else's."""
    keep: KeepCustomers = request.app.state.events.customers
    customer, new = await keep.put(customer_id, body.details())
    response.status_code = 201 if new else 200
    return CustomerAnswer.of(customer_id, customer)


@router.get(
    "/v1/customers/{customer_id:path}",
    tags=["customers"],
    summary="Who is this customer?",
    response_model=CustomerAnswer,
    responses=MOVED,
    dependencies=[require("customers:read")],
)
async def get_customer(
    request: Request, customer_id: CustomerId
) -> CustomerAnswer | RedirectResponse:
    """What the shop last said about the customer."""
    keep: KeepCustomers = request.app.state.events.customers
    customer = await keep.store.get_customer(customer_id)
    if customer is None:
        raise HTTPException(404, "No such customer")
    if customer.merged_into is not None:
        return moved(f"/v1/customers/{quote(await keep.survivor(customer_id), safe='')}")
    return CustomerAnswer.of(customer_id, customer)


@router.delete(
    "/v1/customers/{customer_id:path}",
    tags=["customers"],
    summary="Erase a customer",
    status_code=204,
    dependencies=[require("customers:write")],
)
async def erase_customer(request: Request, customer_id: CustomerId) -> None:
    """Forgets the person in all services, with every id that was merged into one with this; also
    where nothing is known here. Can't be undone."""
    keep: KeepCustomers = request.app.state.events.customers
    await keep.erase(customer_id)


@router.get(
    "/v1/events/quarantine",
    tags=["quarantine"],
    summary="Which events were refused?",
    response_model=Page,
    dependencies=[require("quarantine:read")],
)
async def list_quarantine(
    request: Request,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: Cursor = None,
) -> Response:
    """Oldest first."""
    mend: MendQuarantine = request.app.state.events.mend
    after = cursors.decode(cursor)
    found = await mend.quarantine.page(after and (after.moment, after.id), limit + 1)
    following = cursors.next_cursor(found, limit, lambda one: place_of(one.received_at, one.id))
    return _json({"data": [_entry(entry) for entry in found[:limit]], "next_cursor": following})


@router.get(
    "/v1/events/quarantine/{entry_id:hex_id}",
    tags=["quarantine"],
    summary="Look at a refused event",
    response_model=Entry,
    dependencies=[require("quarantine:read")],
)
async def get_entry(request: Request, entry_id: EntryId) -> Response:
    """The event as sent, and what is wrong with it."""
    mend: MendQuarantine = request.app.state.events.mend
    return _json(_entry(_found(await mend.quarantine.get(entry_id))))


@router.put(
    "/v1/events/quarantine/{entry_id:hex_id}",
    tags=["quarantine"],
    summary="Correct a refused event",
    response_model=Entry,
    dependencies=[require("quarantine:write")],
)
async def fix_entry(request: Request, entry_id: EntryId, event: dict[str, Any]) -> Response:
    """Takes the whole event in the JSON format; an empty `reason` says that it would now pass."""
    mend: MendQuarantine = request.app.state.events.mend
    return _json(_entry(_found(await mend.fix(entry_id, await request.body()))))


@router.post(
    "/v1/events/quarantine/{entry_id:hex_id}:replay",
    tags=["quarantine"],
    summary="Send a refused event again",
    response_model=Replayed,
    dependencies=[require("quarantine:write")],
    responses=problems(503),
)
async def replay_entry(request: Request, entry_id: EntryId) -> Response:
    """Leaves the quarantine when it is accepted."""
    mend: MendQuarantine = request.app.state.events.mend
    entry = _found(await mend.replay(entry_id))
    wrong = _entry(entry) if entry.reason else None
    return _json({"accepted": not entry.reason, "entry": wrong})


@router.delete(
    "/v1/events/quarantine/{entry_id:hex_id}",
    tags=["quarantine"],
    summary="Discard a refused event",
    status_code=204,
    dependencies=[require("quarantine:write")],
)
async def discard_entry(request: Request, entry_id: EntryId) -> None:
    """For what was never an act. Can't be undone."""
    mend: MendQuarantine = request.app.state.events.mend
    if not await mend.quarantine.remove(entry_id):
        raise HTTPException(404, "No such entry")


def _found(entry: Quarantined | None) -> Quarantined:
    if entry is None:
        raise HTTPException(404, "No such entry")
    return entry


def _json(content: Any) -> Response:
    # The shape is this module's own, so the response model only describes it.
    return Response(msgspec.json.encode(content), media_type="application/json")


def _entry(entry: Quarantined) -> dict[str, Any]:
    return {
        "id": entry.id,
        "reason": entry.reason,
        "pointer": entry.pointer,
        "received_at": entry.received_at,
        "event_id": entry.event_id,
        "source": entry.source,
        "event": _event(entry.body),
    }


def _event(body: bytes) -> msgspec.Raw | str:
    """The text itself, so that no number changes and no depth of nesting is too much."""
    try:
        body.decode()
        return _JSON.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return base64.b64encode(body).decode()
