"""The programme as plain frozen values; amounts and points are exact decimals."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Literal

from shared.contracts.act_type import ActType

Texts = Mapping[str, str]
"""A text by language (BCP 47 tag); the programme's default language is always there."""


@dataclass(frozen=True, slots=True)
class ProgrammeSettings:
    """programme.yaml. `exchange` is the worth of one unit of a currency in `currency`, which is
    in it too, as 1. `stale_after` is None where a thank-you never gets too old."""

    name: str
    shop: str
    currency: str
    exchange: Mapping[str, Decimal]
    time_zone: str
    locale: str
    stale_after: timedelta | None
    shop_url: str | None = None
    support_email: str | None = None


@dataclass(frozen=True, slots=True)
class ScoredAct:
    """What one act earns: `points`, or `points` for every `per_amount` of its amount, counted in
    the programme's currency and in proportion."""

    dimension: str
    points: Decimal
    per_amount: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Level:
    """A band of the score: from `threshold` up to the next level's."""

    name: str
    threshold: Decimal


@dataclass(frozen=True, slots=True)
class Scoring:
    """scoring.yaml. `half_lives` is by dimension, `acts` by an act's short name, `reversals` from
    the act that takes back to the act that had earned; `levels` ascend from 0."""

    landmark: datetime
    half_lives: Mapping[str, timedelta]
    acts: Mapping[str, ScoredAct]
    reversals: Mapping[str, str]
    levels: tuple[Level, ...]


@dataclass(frozen=True, slots=True)
class ThanksRule:
    """thanks/<name>.yaml: how an act is thanked for. `stale_after` has the default filled in."""

    name: str
    on: str
    template: str
    channels: tuple[str, ...]
    stale_after: timedelta | None
    survey: str | None = None


@dataclass(frozen=True, slots=True)
class Scale:
    """Whole numbers from `lowest` to `highest`, with a label for either end."""

    lowest: int
    highest: int
    low: Texts
    high: Texts


@dataclass(frozen=True, slots=True)
class Survey:
    """surveys/<name>.yaml: one question and one reason. An answer of `bad_at_most` or less opens
    a case."""

    name: str
    kind: Literal["nps", "csat"]
    question: Texts
    why: Texts
    scale: Scale
    bad_at_most: int


@dataclass(frozen=True, slots=True)
class Source:
    """sources/<name>.yaml: what sends webhooks to /v1/webhooks/<name>.

    `options` are mappings, tuples and plain values, as the connector wants them; what only it can
    check it reports by `file` and `lines`, the line of each member by JSON Pointer.
    """

    name: str
    connector: str
    options: Mapping[str, Any]
    file: str = ""
    lines: Mapping[str, int] = field(default_factory=dict, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Allowance:
    """At most `count` within any `period`."""

    count: int
    period: timedelta


@dataclass(frozen=True, slots=True)
class ReferralRules:
    """referrals.yaml, with its defaults filled in. `link` is the shop's landing page with
    `{code}` in it; None where neither it nor the shop's address is known."""

    attribution_window: timedelta
    return_window: timedelta
    cap: Allowance
    same_address_window: timedelta
    claims_per_ip: Allowance
    link: str | None


@dataclass(frozen=True, slots=True)
class Detection:
    """discovery.yaml: what becomes of a detector's findings, by their confidence (0 to 1).

    From `emit_from` on an act is taken in at once, never where it is None; from `suggest_from` on
    it is suggested.
    """

    on: bool
    emit_from: float | None
    suggest_from: float


@dataclass(frozen=True, slots=True)
class Programme:
    """A whole programme that passed every check.

    `acts` are the types of act by short name, `templates` sources by (language, name). `version`
    is 12 hex digits that change with the content of any file, but not with comments or layout of
    YAML.
    """

    settings: ProgrammeSettings
    scoring: Scoring
    acts: Mapping[str, ActType]
    thanks: tuple[ThanksRule, ...]
    surveys: Mapping[str, Survey]
    templates: Mapping[tuple[str, str], str]
    referrals: ReferralRules
    version: str
    files: int
    sources: Mapping[str, Source] = field(default_factory=dict)
    discovery: Mapping[str, Detection] = field(default_factory=dict)
