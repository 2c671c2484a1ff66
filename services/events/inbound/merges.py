"""Merges over HTTP: two customers are one person, or after all not."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

from services.events.domain.merging import Merge
from services.events.inbound.customer_body import Line
from services.events.use_cases.merging import MergeCustomers
from shared.web import cursors
from shared.web.cursors import Cursor, place_of
from shared.web.keys import Principal, require
from shared.web.openapi import problems

router = APIRouter()

CustomerId = Annotated[str, Field(min_length=1, max_length=200)]
MergeId = Annotated[str, Path(pattern="^[0-9a-f]{32}$")]


class MergeBody(BaseModel):
    """Which id is given up for which."""

    model_config = ConfigDict(extra="forbid")

    source: CustomerId = Field(alias="from", description="The id that is given up.")
    target: CustomerId = Field(alias="into", description="The id that answers from now on.")
    reason: Line | None = Field(None, description="Why; kept with the merge only.")


class MergeAnswer(BaseModel):
    """A merge as it stands."""

    model_config = ConfigDict(populate_by_name=True)

    id: str
    source: str = Field(alias="from")
    target: str = Field(alias="into")
    reason: str | None
    by: str = Field(description="Id of the API key that said so.")
    merged_at: datetime
    undo_until: datetime
    undone_at: datetime | None

    @classmethod
    def of(cls, merge: Merge) -> "MergeAnswer":
        """From what is stored."""
        return cls(
            id=merge.id,
            source=merge.source,
            target=merge.target,
            reason=merge.reason,
            by=merge.by,
            merged_at=merge.merged_at,
            undo_until=merge.undo_until,
            undone_at=merge.undone_at,
        )


class MergesAnswer(BaseModel):
    """Some merges, newest first; no `next_cursor` at the end."""

    data: list[MergeAnswer]
    next_cursor: str | None


@router.post(
    "/v1/merges",
    tags=["merges"],
    summary="Merge two customers",
    status_code=201,
    responses={200: {"model": MergeAnswer, "description": "Merged before"}, **problems(409)},
)
async def merge_customers(
    request: Request,
    response: Response,
    principal: Annotated[Principal, require("customers:write")],
    body: MergeBody,
) -> MergeAnswer:
    """All that is known of `from` counts for `into`, which also answers for it. Can be undone for
    30 days. The same again answers the same; 409 if one of the two was given up already."""
    merging: MergeCustomers = request.app.state.events.merging
    merge, is_new = await merging.merge(body.source, body.target, principal.key_id, body.reason)
    response.status_code = 201 if is_new else 200
    return MergeAnswer.of(merge)


@router.get(
    "/v1/merges",
    tags=["merges"],
    summary="Who was merged?",
    dependencies=[require("customers:read")],
)
async def list_merges(
    request: Request,
    customer: Annotated[
        str | None, Query(min_length=1, max_length=200, description="Given up, or not.")
    ] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: Cursor = None,
) -> MergesAnswer:
    """Newest first, those that were undone included."""
    merging: MergeCustomers = request.app.state.events.merging
    found = await merging.merges.page(customer, cursors.decode(cursor), limit + 1)
    return MergesAnswer(
        data=[MergeAnswer.of(one) for one in found[:limit]],
        next_cursor=cursors.next_cursor(found, limit, lambda one: place_of(one.merged_at, one.id)),
    )


@router.get(
    "/v1/merges/{merge_id:hex_id}",
    tags=["merges"],
    summary="Look at a merge",
    dependencies=[require("customers:read")],
)
async def get_merge(request: Request, merge_id: MergeId) -> MergeAnswer:
    """Who was merged, when, why and by whom."""
    merging: MergeCustomers = request.app.state.events.merging
    return MergeAnswer.of(_found(await merging.merges.get(merge_id)))


@router.delete(
    "/v1/merges/{merge_id:hex_id}",
    tags=["merges"],
    summary="Undo a merge",
    dependencies=[require("customers:write")],
    responses=problems(409),
)
async def undo_merge(request: Request, merge_id: MergeId) -> MergeAnswer:
    """Both are as before, but what was said of the survivor since stays with them. 409 after 30
    days, and where the survivor was itself merged on: the later merge is undone first."""
    merging: MergeCustomers = request.app.state.events.merging
    return MergeAnswer.of(_found(await merging.undo(merge_id)))


def _found(merge: Merge | None) -> Merge:
    if merge is None:
        raise HTTPException(404, "No such merge")
    return merge
