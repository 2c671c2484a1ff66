"""Scores of many and totals over HTTP; the score of one is in score_of_one.py."""

from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from services.engagement.inbound.instants import Instant
from services.engagement.inbound.score_answers import (
    MoneyAnswer,
    ScoreAnswer,
    money_members,
    score_members,
)
from services.engagement.use_cases.looking_back import LookBack
from services.engagement.use_cases.reading import ReadScores
from shared.clock import epoch_ms
from shared.errors import Invalid
from shared.web.keys import require

router = APIRouter()

MOST_AT_A_TIME = 100
"""Customers whose scores are made anew from all of their acts."""


class BatchRequest(BaseModel):
    """Whose scores are wanted."""

    model_config = ConfigDict(extra="forbid")

    customers: list[Annotated[str, Field(min_length=1, max_length=200)]] = Field(
        min_length=1, max_length=1000
    )
    entries: int = Field(0, ge=0, le=20, description="Ledger entries for each.")
    at: Instant | None = Field(
        None, description=f"As of then instead of now; for at most {MOST_AT_A_TIME} customers."
    )


class BatchAnswer(BaseModel):
    """Scores in the order asked for; `missing` are customers without acts."""

    scores: list[ScoreAnswer]
    missing: list[str]


class TotalsAnswer(BaseModel):
    """What the programme adds up to."""

    customers: int
    acts: dict[str, int]
    money: list[MoneyAnswer]
    formula: str


@router.post(
    "/v1/scores:batchGet",
    tags=["scores"],
    summary="What are these customers' scores?",
    dependencies=[require("scores:read")],
    response_model=BatchAnswer,
)
async def batch_get(request: Request, wanted: BatchRequest) -> Response:
    """Up to 1,000 at once. A customer who was merged has the score of the one who stayed."""
    read: ReadScores = request.app.state.engagement.read
    customers = list(dict.fromkeys(wanted.customers))
    if wanted.at is None:
        scores = await read.many(customers, wanted.entries)
    else:
        if len(customers) > MOST_AT_A_TIME:
            raise Invalid(f"at most {MOST_AT_A_TIME} where `at` is given", "/customers")
        back: LookBack = request.app.state.engagement.back
        scores = await back.scores(customers, epoch_ms(wanted.at), wanted.entries)
    excluded = await read.exclusions(scores.values())
    return _json(
        {
            "scores": [
                score_members(scores[name], name, excluded.get(scores[name].profile.customer))
                for name in customers
                if name in scores
            ],
            "missing": [name for name in customers if name not in scores],
        }
    )


@router.get(
    "/v1/programme/totals",
    tags=["programme"],
    summary="What does the programme add up to?",
    dependencies=[require("programme:read")],
    response_model=TotalsAnswer,
)
async def get_totals(request: Request) -> Response:
    """Over all customers who were not erased."""
    read: ReadScores = request.app.state.engagement.read
    totals = await read.store.totals()
    return _json(
        {
            "customers": totals.customers,
            "acts": totals.acts,
            "money": [money_members(t.currency, t.gross, t.refunded) for t in totals.money],
            "formula": (await read.books.live()).formula.version,
        }
    )


def _json(content: Any) -> Response:
    # The shape is this module's own, so the response model only describes it.
    return Response(msgspec.json.encode(content), media_type="application/json")
