"""The programme's rules of moments, with times in ms."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time, timedelta

from shared.programme.moment_rules import CONTACT, MomentRules, RiskRule, SilenceRule


@dataclass(frozen=True, slots=True)
class Silence:
    """As in SilenceRule."""

    factor: float
    least: int
    from_acts: int


@dataclass(frozen=True, slots=True)
class Risk:
    """As in RiskRule."""

    acts: frozenset[str]
    rating_at_most: float
    late_delivery: bool
    from_level: str | None
    at_most_every: int


@dataclass(frozen=True, slots=True)
class Rules:
    """As in MomentRules; `contact` says whether the first act of any kind is a moment, and
    `firsts` has the others."""

    contact: bool
    firsts: frozenset[str]
    nth: Mapping[str, tuple[int, ...]]
    level_reached: bool
    anniversaries_at: time | None
    comeback_after: int | None
    silence: Silence | None
    at_risk: Risk | None
    announce_within: int


def compile_rules(moments: MomentRules) -> Rules:
    """What moments.yaml says."""
    comeback = moments.comeback_after
    return Rules(
        contact=CONTACT in moments.firsts,
        firsts=moments.firsts - {CONTACT},
        nth=moments.nth,
        level_reached=moments.level_reached,
        anniversaries_at=moments.anniversaries_at,
        comeback_after=None if comeback is None else _ms(comeback),
        silence=None if moments.silence is None else _silence(moments.silence),
        at_risk=None if moments.at_risk is None else _risk(moments.at_risk),
        announce_within=_ms(moments.announce_within),
    )


def _silence(rule: SilenceRule) -> Silence:
    return Silence(rule.factor, _ms(rule.least), rule.from_acts)


def _risk(rule: RiskRule) -> Risk:
    return Risk(
        acts=rule.acts,
        rating_at_most=rule.rating_at_most,
        late_delivery=rule.late_delivery,
        from_level=rule.from_level,
        at_most_every=_ms(rule.at_most_every),
    )


def _ms(span: timedelta) -> int:
    return round(span.total_seconds() * 1000)
