"""What is answered about why a score is what it is: its shape, and what fills it."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

from pydantic import BaseModel, Field

from services.engagement.domain import wording
from services.engagement.domain.apportioning import UNITS, in_units
from services.engagement.domain.explaining import Explanation, Faded, Line, Share
from services.engagement.domain.formula import Level
from services.engagement.domain.ledger import SENTENCES, Entry
from services.engagement.domain.looking_back import Loss
from services.engagement.domain.next_level import Way
from services.engagement.inbound.score_answers import LevelAnswer, level_members
from services.engagement.use_cases.explaining import Explained, Step
from shared.clock import from_epoch_ms
from shared.web.cursors import Place, encode

MOST_TELLINGS = 20
"""As many tellings of one order are shown."""


class TellingAnswer(BaseModel):
    """One of the acts that a line is about."""

    act: str
    source: str
    id: str
    time: datetime
    note: str | None
    reason: str | None = Field(description="The note in words.")
    told_of: str | None = Field(description="The id that it was told of, where that was merged.")


class LineAnswer(BaseModel):
    """An act, or an order with all that was told of it. `earned` less `age_took` is `worth`."""

    act: str
    order_id: str | None
    dimension: str
    time: datetime
    earned: float
    age_took: float
    worth: float
    asked: float | None = Field(description="Points without the limit or condition that cut it.")
    cut_by: str | None
    sentence: str
    acts: list[TellingAnswer]
    more_acts: int


class FadedAnswer(BaseModel):
    """Acts that are too old to show a digit each, together."""

    acts: int
    earned: float
    worth: float
    sentence: str


class DimensionAnswer(BaseModel):
    """Its `worth` is the sum of its lines' and of what `faded`."""

    worth: float
    faded: FadedAnswer


class ShareAnswer(BaseModel):
    """A score beside the whole one; the sum of what dimensions give it, and of `lifted`."""

    total: float
    level: LevelAnswer | None
    dimensions: dict[str, float]
    lifted: float


class WayAnswer(BaseModel):
    """What acts of one kind alone would do today, with their limits as they stand."""

    act: str
    reaches: bool
    times: int | None
    amount: Decimal | None = Field(description="In the programme's currency.")
    points: float
    note: str | None
    sentence: str


class StepAnswer(BaseModel):
    """How far the next level of a score is, and which acts lead there."""

    level: LevelAnswer
    missing: float
    ways: list[WayAnswer]


class LossAnswer(BaseModel):
    """When the level is lost if nothing happens; `lost_at` is null where levels are kept."""

    level: str
    below_at: datetime
    lost_at: datetime | None
    sentence: str


class ExplanationAnswer(BaseModel):
    """`total` is the sum of `dimensions` and of `lifted`, which lifts a sum below zero to zero;
    the worth of each dimension that of the lines on all pages and of what faded."""

    customer: str
    total: float
    level: LevelAnswer
    dimensions: dict[str, DimensionAnswer]
    lifted: float
    scores: dict[str, ShareAnswer]
    faded: FadedAnswer
    silent: int = Field(description="Acts that earn nothing, and never did.")
    excluded: Literal["staff", "blocked"] | None
    next: dict[str, StepAnswer] = Field(
        description="By score, `engagement` the whole one; without those at their highest level."
    )
    loss: LossAnswer | None
    lines: list[LineAnswer]
    lines_in_all: int
    next_cursor: str | None
    formula: str
    as_of: datetime


def explanation_members(customer: str, found: Explained, currency: str) -> Mapping[str, Any]:
    """The members of an ExplanationAnswer; `currency` is the programme's."""
    explanation = found.explanation
    score = explanation.score
    following = None if found.last is None else encode(Place(score.time, found.last))
    return {
        "customer": customer,
        "total": _shown(explanation.total),
        "level": level_members(score.level),
        "dimensions": _dimensions(explanation),
        "lifted": _shown(explanation.lifted),
        "scores": {
            name: _share(share, score.scores[name].level)
            for name, share in explanation.named.items()
        },
        "faded": _faded(explanation.faded_together),
        "silent": explanation.silent,
        "excluded": found.excluded,
        "next": {name: _step(step, currency) for name, step in found.steps.items()},
        "loss": None if found.loss is None else _loss(found.loss, score.time),
        "lines": [_line(line) for line in found.lines],
        "lines_in_all": len(explanation.lines),
        "next_cursor": following,
        "formula": score.formula,
        "as_of": from_epoch_ms(score.time),
    }


def _dimensions(explanation: Explanation) -> Mapping[str, Any]:
    return {
        name: {"worth": _shown(units), "faded": _faded(explanation.faded[name])}
        for name, units in explanation.dimensions.items()
    }


def _share(share: Share, level: Level | None) -> Mapping[str, Any]:
    return {
        "total": _shown(share.total),
        "level": level_members(level),
        "dimensions": {name: _shown(units) for name, units in share.dimensions.items()},
        "lifted": _shown(share.lifted),
    }


def _faded(faded: Faded) -> Mapping[str, Any]:
    return {
        "acts": faded.acts,
        "earned": _shown(faded.earned),
        "worth": _shown(faded.worth),
        "sentence": wording.of_faded(faded),
    }


def _step(step: Step, currency: str) -> Mapping[str, Any]:
    return {
        "level": level_members(step.level),
        "missing": _shown(in_units(step.missing)),
        "ways": [_way(way, currency) for way in step.ways],
    }


def _way(way: Way, currency: str) -> Mapping[str, Any]:
    return {
        "act": way.kind,
        "reaches": way.reaches,
        "times": way.times,
        "amount": way.amount,
        "points": _shown(in_units(way.points)),
        "note": way.note,
        "sentence": wording.of_way(way, currency),
    }


def _loss(loss: Loss, time: int) -> Mapping[str, Any]:
    return {
        "level": loss.level,
        "below_at": from_epoch_ms(loss.below_at),
        "lost_at": None if loss.lost_at is None else from_epoch_ms(loss.lost_at),
        "sentence": wording.of_loss(loss, time),
    }


def _line(line: Line) -> Mapping[str, Any]:
    return {
        "act": line.kind,
        "order_id": line.entries[0].order_id,
        "dimension": line.dimension,
        "time": from_epoch_ms(line.time),
        "earned": _shown(line.earned_shown),
        "age_took": _shown(line.age_took),
        "worth": _shown(line.worth_shown),
        "asked": line.asked,
        "cut_by": line.cut,
        "sentence": wording.of_line(line),
        "acts": [_telling(entry) for entry in line.entries[:MOST_TELLINGS]],
        "more_acts": max(0, len(line.entries) - MOST_TELLINGS),
    }


def _telling(entry: Entry) -> Mapping[str, Any]:
    source, _, act_id = entry.key.partition(" ")
    return {
        "act": entry.kind,
        "source": source,
        "id": act_id,
        "time": from_epoch_ms(entry.time),
        "note": entry.note,
        "reason": None if entry.note is None else SENTENCES.get(entry.note),
        "told_of": None if entry.origin == entry.customer else entry.origin,
    }


def _shown(units: int) -> float:
    return units / UNITS
