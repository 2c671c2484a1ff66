"""Leaderboards over HTTP."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from services.engagement.domain.apportioning import UNITS
from services.engagement.domain.ranking import Board, Ranked
from services.engagement.use_cases.ranking import MOST, RankCustomers
from shared.web.keys import Principal, require
from shared.web.routes import SegmentRoute

router = APIRouter(route_class=SegmentRoute)


class BoardsAnswer(BaseModel):
    """Each of `scores` and `dimensions` has one of everybody, and one in each of `circles`."""

    scores: list[str]
    dimensions: list[str]
    circles: list[str]


class RankedAnswer(BaseModel):
    """A place; who shows the same score has the same rank."""

    rank: int
    name: str = Field(description="By which the customer agreed to be shown.")
    score: float = Field(description="To two decimals.")
    customer: str | None = Field(None, description="Left out where the key lacks profiles:read.")


class BoardAnswer(BaseModel):
    """A leaderboard as it stood at `as_of`, some seconds ago at most."""

    score: str
    circle: str | None
    ranks: list[RankedAnswer]
    customers: int = Field(description="How many are on it.")
    formula: str
    as_of: datetime


@router.get(
    "/v1/leaderboards",
    tags=["leaderboards"],
    summary="Which leaderboards are there?",
    dependencies=[require("scores:read")],
)
async def list_leaderboards(request: Request) -> BoardsAnswer:
    """Scores, dimensions and circles of the programme."""
    rank: RankCustomers = request.app.state.engagement.rank
    boards = await rank.boards()
    return BoardsAnswer(
        scores=list(boards.scores),
        dimensions=list(boards.dimensions),
        circles=list(boards.circles),
    )


@router.get(
    "/v1/leaderboards/{score}",
    tags=["leaderboards"],
    summary="Who stands where?",
    response_model=BoardAnswer,
)
async def get_leaderboard(
    request: Request,
    principal: Annotated[Principal, require("scores:read")],
    score: Annotated[
        str,
        Path(max_length=100, description="`engagement` is the whole score."),
    ],
    circle: Annotated[str | None, Query(max_length=100)] = None,
    limit: Annotated[int, Query(ge=1, le=MOST)] = 10,
    around: Annotated[
        str | None,
        Query(
            min_length=1,
            max_length=200,
            description="A customer: their place and those next to it.",
        ),
    ] = None,
) -> Response:
    """Of customers who agreed to be shown, and have something. `limit` says how many first places;
    it does not matter with `around`."""
    rank: RankCustomers = request.app.state.engagement.rank
    board = Board(score, circle)
    if not await rank.known(board):
        raise HTTPException(404, "There is no such leaderboard")
    standing = await (rank.top(board) if around is None else rank.around(board, around))
    if standing is None:
        raise HTTPException(404, "The customer is not on this leaderboard")
    places = standing.places[:limit] if around is None else standing.places
    with_ids = principal.may("profiles:read")
    answer = {
        "score": score,
        "circle": circle,
        "ranks": [_ranked(one, with_ids=with_ids) for one in places],
        "customers": standing.count,
        "formula": standing.formula,
        "as_of": standing.time,
    }
    return Response(msgspec.json.encode(answer), media_type="application/json")


def _ranked(one: Ranked, *, with_ids: bool) -> Mapping[str, Any]:
    shown = {"rank": one.rank, "name": one.place.name, "score": one.place.units / UNITS}
    return shown | {"customer": one.place.customer} if with_ids else shown
