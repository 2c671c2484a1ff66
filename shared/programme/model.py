"""The programme as plain frozen values; amounts and points are exact decimals."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Literal

from shared.contracts.act_type import ActType
from shared.programme.attention_rules import AttentionRules, build_attention_rules
from shared.programme.channel_rules import ChannelRules
from shared.programme.groups import Circle, Segment
from shared.programme.moment_rules import MomentRules, build_moment_rules
from shared.programme.thanks_rules import ThanksRule

Texts = Mapping[str, str]
"""A text by language (BCP 47 tag); the programme's default language is always there."""


@dataclass(frozen=True, slots=True)
class ProgrammeSettings:
    """programme.yaml. `exchange` is the worth of one unit of a currency in `currency`, which is
    in it too, as 1. `stale_after` is None where a thank-you never gets too old. The shop `opened`
    as its first day began; None where that is not known."""

    name: str
    shop: str
    currency: str
    exchange: Mapping[str, Decimal]
    time_zone: str
    locale: str
    stale_after: timedelta | None
    shop_url: str | None = None
    support_email: str | None = None
    opened: datetime | None = None


Unit = Literal["day", "week", "month", "year"]


@dataclass(frozen=True, slots=True)
class Cap:
    """At most `points`, or the first `times`, within `per`: a unit of the calendar, or the time
    before an act."""

    per: Unit | timedelta
    points: Decimal | None = None
    times: int | None = None


@dataclass(frozen=True, slots=True)
class Diminishing:
    """Within `per` each act earns `factor` of what the one before did."""

    per: Unit | timedelta
    factor: float


@dataclass(frozen=True, slots=True)
class ScoredAct:
    """What one act earns: `points`, or `points` for every `per_amount` of its amount (what the
    shop earned, or with `of` turnover what was paid), counted in the programme's currency and in
    proportion.

    `half_life` is its own, or None for the dimension's. Only the `nth` of them counts, or each
    `every`-th; `channels` and `segments` are empty where they don't matter.
    """

    dimension: str
    points: Decimal
    per_amount: Decimal | None = None
    of: Literal["margin", "turnover"] = "margin"
    half_life: timedelta | None = None
    nth: int | None = None
    every: int | None = None
    diminishing: Diminishing | None = None
    cap: Cap | None = None
    min_account_age: timedelta = timedelta()
    channels: tuple[str, ...] = ()
    segments: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Level:
    """A band of the score: from `threshold` up to the next level's."""

    name: str
    threshold: Decimal


@dataclass(frozen=True, slots=True)
class Demotion:
    """A level is lost once the score was below it for `grace`, never where that is None; one level
    at a time, and not again within `at_most_every`."""

    grace: timedelta | None
    at_most_every: timedelta


@dataclass(frozen=True, slots=True)
class NamedScore:
    """A score beside the whole one: `of` is how much each dimension counts."""

    name: str
    of: Mapping[str, Decimal]
    levels: tuple[Level, ...]


@dataclass(frozen=True, slots=True)
class LinkRules:
    """How the links experience, loyalty and profit are told. `conduct` is what acts say of the
    experience, from 0 to 1; None where it depends on whether a promise was kept."""

    experience: timedelta
    conduct: Mapping[str, float | None]
    loyalty: timedelta
    profit: timedelta


@dataclass(frozen=True, slots=True)
class Scoring:
    """scoring.yaml. `half_lives` is by dimension, `acts` by an act's short name, `reversals` from
    the act that takes back to the act that had earned; `levels` ascend from 0; `margin_rate` is
    the share of an order that the shop earns where it does not say."""

    landmark: datetime
    half_lives: Mapping[str, timedelta]
    acts: Mapping[str, ScoredAct]
    reversals: Mapping[str, str]
    levels: tuple[Level, ...]
    margin_rate: Decimal
    scores: tuple[NamedScore, ...]
    links: LinkRules
    demotion: Demotion


@dataclass(frozen=True, slots=True)
class FormulaDocument:
    """All of a programme that scores follow from, and as canonical JSON in `text`.

    `version` is 12 hex digits that change with anything that it says, and with nothing else.
    """

    version: str
    text: str
    scoring: Scoring
    exchange: Mapping[str, Decimal]
    time_zone: str


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
    formula: FormulaDocument
    acts: Mapping[str, ActType]
    thanks: tuple[ThanksRule, ...]
    surveys: Mapping[str, Survey]
    templates: Mapping[tuple[str, str], str]
    referrals: ReferralRules
    version: str
    files: int
    sources: Mapping[str, Source] = field(default_factory=dict)
    discovery: Mapping[str, Detection] = field(default_factory=dict)
    moments: MomentRules = field(default_factory=build_moment_rules)
    segments: Mapping[str, Segment] = field(default_factory=dict)
    circles: Mapping[str, Circle] = field(default_factory=dict)
    attention: AttentionRules = field(default_factory=build_attention_rules)
    channels: Mapping[str, ChannelRules] = field(default_factory=dict)
