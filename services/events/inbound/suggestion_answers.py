"""What the suggestions' routes answer."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from pydantic import BaseModel, Field

from services.events.domain.precision import BANDS, Count, Verdicts, records
from services.events.domain.suggestion import Status, Suggestion
from services.events.use_cases.suggestions import Undecided
from shared.contracts.acts import short_name
from shared.contracts.cloudevents import CloudEvent


class HiddenAct(BaseModel):
    """The act as it is told, or would be."""

    id: str
    source: str
    type: str = Field(description="The short name: help, recommendation.")
    subject: str | None = Field(description="Customer or alias; null if a person has to say who.")
    time: str | None
    data: dict[str, Any]

    @classmethod
    def of(cls, act: CloudEvent) -> "HiddenAct":
        return cls(
            id=act.id,
            source=act.source,
            type=short_name(act.type),
            subject=act.subject,
            time=act.time,
            data=msgspec.json.decode(act.data or b"{}"),
        )


class SuggestionAnswer(BaseModel):
    """A finding, why it was made, and what became of it."""

    id: str
    detector: str
    status: Status
    confidence: float = Field(ge=0, le=1)
    evidence: Mapping[str, Any]
    act: HiddenAct
    found_at: datetime
    age_seconds: int
    decided_at: datetime | None
    decided_by: str | None = Field(description="Id of the API key.")
    reason: str | None

    @classmethod
    def of(cls, found: Suggestion, now: datetime) -> "SuggestionAnswer":
        return cls(
            id=found.id,
            detector=found.detector,
            status=found.status,
            confidence=found.confidence,
            evidence=found.evidence,
            act=HiddenAct.of(found.act),
            found_at=found.found_at,
            age_seconds=max(0, int((now - found.found_at).total_seconds())),
            decided_at=found.decided_at,
            decided_by=found.decided_by,
            reason=found.reason,
        )


class SuggestionsAnswer(BaseModel):
    """Some of them; no `next_cursor` at the end."""

    data: list[SuggestionAnswer]
    next_cursor: str | None


class UndecidedAnswer(BaseModel):
    """A suggestion that stays as it was."""

    id: str
    detail: str


class DecisionsAnswer(BaseModel):
    """How many were decided, and which could not be."""

    decided: int
    undecided: list[UndecidedAnswer]

    @classmethod
    def of(cls, asked: int, undecided: Sequence[Undecided]) -> "DecisionsAnswer":
        told = [
            UndecidedAnswer(id=one.id, detail=str(one.error or "No such suggestion"))
            for one in undecided
        ]
        return cls(decided=asked - len(told), undecided=told)


class VerdictsAnswer(BaseModel):
    """`emitted` and `open` are not decided. Precision is confirmed / (confirmed + rejected)."""

    emitted: int
    open: int
    confirmed: int
    rejected: int
    withdrawn: int
    precision: float | None
    interval: tuple[float, float] | None = Field(description="95 %, Wilson.")

    @classmethod
    def of(cls, verdicts: Verdicts, **more: Any) -> Any:
        return cls(
            emitted=verdicts.emitted,
            open=verdicts.open,
            confirmed=verdicts.confirmed,
            rejected=verdicts.rejected,
            withdrawn=verdicts.withdrawn,
            precision=verdicts.precision,
            interval=verdicts.interval,
            **more,
        )


class BandAnswer(VerdictsAnswer):
    """Findings with a confidence from `at_least` up to the next band."""

    at_least: float


class DetectorAnswer(VerdictsAnswer):
    """One detector's record."""

    detector: str
    bands: list[BandAnswer]


class ReportAnswer(BaseModel):
    """By the names of the detectors."""

    data: list[DetectorAnswer]

    @classmethod
    def of(cls, counts: Iterable[Count]) -> "ReportAnswer":
        return cls(
            data=[
                DetectorAnswer.of(
                    record.total,
                    detector=record.detector,
                    bands=[
                        BandAnswer.of(band, at_least=number / BANDS)
                        for number, band in enumerate(record.bands)
                    ],
                )
                for record in records(counts)
            ]
        )
