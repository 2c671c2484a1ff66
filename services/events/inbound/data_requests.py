"""Requests of people, through platforms, to be told what is held about them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from services.events.domain.data_request import AskedFor
from services.events.ports.data_requests import DataRequests
from shared.clock import Clock
from shared.web import cursors
from shared.web.cursors import Cursor, place_of
from shared.web.keys import require

router = APIRouter(prefix="/v1/webhooks/requests", tags=["webhooks"])

RequestId = Annotated[str, Path(pattern="^[0-9a-f]{32}$")]


class DataRequestAnswer(BaseModel):
    """One request, to be answered by hand."""

    id: str
    source: str = Field(description="The source whose platform passed it on.")
    alias: str = Field(description="Whom the platform means.")
    customer: str | None = Field(description="Who was known by it when the request came.")
    received_at: datetime
    due: datetime = Field(description="When it must have been answered.")
    closed_at: datetime | None

    @classmethod
    def of(cls, asked: AskedFor) -> "DataRequestAnswer":
        return cls(
            id=asked.id,
            source=asked.source,
            alias=asked.alias,
            customer=asked.customer,
            received_at=asked.received_at,
            due=asked.due,
            closed_at=asked.closed_at,
        )


class DataRequestPage(BaseModel):
    """Some requests, oldest first; no `next_cursor` at the end."""

    data: Sequence[DataRequestAnswer]
    next_cursor: str | None


@router.get(
    "",
    summary="Who has asked what is held about them?",
    dependencies=[require("customers:read")],
)
async def list_requests(
    request: Request,
    closed: Annotated[bool, Query(description="Those that were answered instead.")] = False,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: Cursor = None,
) -> DataRequestPage:
    """Oldest first, which is due first."""
    store: DataRequests = request.app.state.events.data_requests
    after = cursors.decode(cursor)
    found = await store.page(after and (after.moment, after.id), limit + 1, closed=closed)
    return DataRequestPage(
        data=[DataRequestAnswer.of(one) for one in found[:limit]],
        next_cursor=cursors.next_cursor(
            found, limit, lambda one: place_of(one.received_at, one.id)
        ),
    )


@router.post(
    "/{request_id:hex_id}:close",
    summary="Say that a request was answered",
    dependencies=[require("customers:write")],
)
async def close_request(request: Request, request_id: RequestId) -> DataRequestAnswer:
    """Keeps it as a proof. What is held is at GET /v1/customers/{id} and the like."""
    store: DataRequests = request.app.state.events.data_requests
    clock: Clock = request.app.state.events.customers.clock
    closed = await store.close(request_id, clock.now())
    if closed is None:
        raise HTTPException(404, "No such request")
    return DataRequestAnswer.of(closed)
