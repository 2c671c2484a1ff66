"""What is answered about a score: its shape, and what fills it."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

from pydantic import BaseModel, Field

from services.engagement.domain.formula import Level
from services.engagement.domain.ledger import SENTENCES
from services.engagement.domain.profile import NamedScore, Score, Weighed
from shared.clock import from_epoch_ms
from shared.money import from_units


class LevelAnswer(BaseModel):
    """A band of the score."""

    name: str
    start: float = Field(description="Points from which on it is reached.")


class NamedScoreAnswer(BaseModel):
    """A score beside the whole one; it may have no levels."""

    total: float
    level: LevelAnswer | None
    next_level: LevelAnswer | None


class LinksAnswer(BaseModel):
    """The four links of the chain, recent acts counting more."""

    experience: float | None = Field(description="From 0 to 1; null where nothing is known.")
    engagement: float = Field(description="In points: the whole score.")
    loyalty: float = Field(description="In orders that stand.")
    profit: float = Field(description="What the shop earned, in the programme's currency.")


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
    scores: dict[str, NamedScoreAnswer] = Field(description="Those beside the whole one.")
    links: LinksAnswer | None
    excluded: Literal["staff", "blocked"] | None = Field(
        description="Why the customer earns nothing, if they don't."
    )
    acts: dict[str, int]
    money: list[MoneyAnswer]
    entries: list[EntryAnswer]
    formula: str = Field(description="Version of the programme.")
    as_of: datetime


def score_members(score: Score, asked: str, excluded: str | None = None) -> Mapping[str, Any]:
    """The members of a ScoreAnswer to who asked for the customer `asked`."""
    profile = score.profile
    return {
        "customer": asked,
        "merged_into": None if asked == profile.customer else profile.customer,
        "total": score.total,
        "level": level_members(score.level),
        "next_level": level_members(score.next_level),
        "dimensions": score.dimensions,
        "scores": {name: _named(one) for name, one in score.scores.items()},
        "links": score.links,
        "excluded": excluded,
        "acts": profile.acts,
        "money": [money_members(code, *sums) for code, sums in sorted(profile.money.items())],
        "entries": [_entry(weighed) for weighed in score.entries],
        "formula": score.formula,
        "as_of": from_epoch_ms(score.time),
    }


def level_members(level: Level | None) -> Mapping[str, Any] | None:
    """The members of a LevelAnswer."""
    return None if level is None else {"name": level.name, "start": level.start}


def _named(score: NamedScore) -> Mapping[str, Any]:
    return {
        "total": score.total,
        "level": level_members(score.level),
        "next_level": level_members(score.next_level),
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


def money_members(currency: str, gross: int, refunded: int) -> Mapping[str, Any]:
    """The members of a MoneyAnswer, of ten-thousandths."""
    return {
        "currency": currency,
        "gross": from_units(gross, currency),
        "refunded": from_units(refunded, currency),
        "net": from_units(gross - refunded, currency),
    }
