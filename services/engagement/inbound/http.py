"""Scores of many and totals over HTTP; the score of one is in score_of_one.py."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from services.engagement.domain.ledger import SENTENCES
from services.engagement.domain.profile import Score, Weighed
from services.engagement.use_cases.reading import ReadScores
from shared.clock import from_epoch_ms
from shared.money import from_units
from shared.web.keys import require

router = APIRouter()


class LevelAnswer(BaseModel):
    """A band of the score."""

    name: str
    start: float = Field(description="Points from which on it is reached.")


class MoneyAnswer(BaseModel):
    """What the customer paid and got back, exact."""

    currency: str
    gross: Decimal
    refunded: Decimal
    net: Decimal


class EntryAnswer(BaseModel):
    """An act in the ledger: what it earned, and what that is worth by now."""

    act: str
    source: str
    id: str
    time: datetime
    dimension: str
    earned: float
    worth: float
    note: str | None = Field(description="Why it earned something other than its rule says.")
    reason: str | None = Field(description="The note in words.")
    told_of: str | None = Field(description="The id that it was told of, where that was merged.")


class ScoreAnswer(BaseModel):
    """A customer's score at `as_of`; `entries` are those that matter most by then."""

    customer: str
    merged_into: str | None = Field(
        description="Whose score this is, where the customer was merged into another."
    )
    total: float
    level: LevelAnswer
    next_level: LevelAnswer | None
    dimensions: dict[str, float]
    acts: dict[str, int]
    money: list[MoneyAnswer]
    entries: list[EntryAnswer]
    formula: str = Field(description="Version of the programme.")
    as_of: datetime


class BatchRequest(BaseModel):
    """Whose scores are wanted."""

    model_config = ConfigDict(extra="forbid")

    customers: list[Annotated[str, Field(min_length=1, max_length=200)]] = Field(
        min_length=1, max_length=1000
    )
    entries: int = Field(0, ge=0, le=20, description="Ledger entries for each.")


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
    scores = await read.many(customers, wanted.entries)
    return _json(
        {
            "scores": [score_members(scores[name], name) for name in customers if name in scores],
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
            "money": [_money(t.currency, t.gross, t.refunded) for t in totals.money],
            "formula": read.formula.version,
        }
    )


def _json(content: Any) -> Response:
    # The shape is this module's own, so the response model only describes it.
    return Response(msgspec.json.encode(content), media_type="application/json")


def score_members(score: Score, asked: str) -> Mapping[str, Any]:
    """The members of a ScoreAnswer to who asked for the customer `asked`."""
    profile = score.profile
    following = score.next_level
    return {
        "customer": asked,
        "merged_into": None if asked == profile.customer else profile.customer,
        "total": score.total,
        "level": {"name": score.level.name, "start": score.level.start},
        "next_level": following and {"name": following.name, "start": following.start},
        "dimensions": score.dimensions,
        "acts": profile.acts,
        "money": [_money(code, *sums) for code, sums in sorted(profile.money.items())],
        "entries": [_entry(weighed) for weighed in score.entries],
        "formula": score.formula,
        "as_of": from_epoch_ms(score.time),
    }


def _entry(weighed: Weighed) -> Mapping[str, Any]:
    entry = weighed.entry
    source, _, act_id = entry.key.partition(" ")
    return {
        "act": entry.kind,
        "source": source,
        "id": act_id,
        "time": from_epoch_ms(entry.time),
        "dimension": entry.dimension,
        "earned": entry.points,
        "worth": weighed.worth,
        "note": entry.note,
        "reason": None if entry.note is None else SENTENCES.get(entry.note),
        "told_of": None if entry.origin == entry.customer else entry.origin,
    }


def _money(currency: str, gross: int, refunded: int) -> Mapping[str, Any]:
    return {
        "currency": currency,
        "gross": from_units(gross, currency),
        "refunded": from_units(refunded, currency),
        "net": from_units(gross - refunded, currency),
    }
