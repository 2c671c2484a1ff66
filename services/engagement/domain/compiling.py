"""From the programme's scoring to the formula."""

from datetime import timedelta, tzinfo
from zoneinfo import ZoneInfo

from services.engagement.domain import links
from services.engagement.domain.decay import Decay
from services.engagement.domain.formula import Demotion, Formula, Level, Only, Rule, ScoreRule
from services.engagement.domain.limits import Limits
from services.engagement.domain.period import Calendar, Period, Rolling
from shared.clock import epoch_ms
from shared.money import SCALE
from shared.programme import model
from shared.programme.model import FormulaDocument, ScoredAct


def compile_formula(document: FormulaDocument) -> Formula:
    """The formula that a document describes."""
    scoring = document.scoring
    landmark, zone = epoch_ms(scoring.landmark), ZoneInfo(document.time_zone)
    rules = {kind: _rule(kind, act, zone) for kind, act in scoring.acts.items()}
    for kind, reversed_kind in scoring.reversals.items():
        earning = rules[reversed_kind]
        rules[kind] = Rule(earning.dimension, reverses=reversed_kind, cell=earning.cell)
    half_lives = dict(scoring.half_lives)
    half_lives |= {rules[k].cell: act.half_life for k, act in scoring.acts.items() if act.half_life}
    half_lives |= dict.fromkeys(links.CELLS, scoring.links.experience)
    half_lives |= {links.ORDERS: scoring.links.loyalty, links.MARGIN: scoring.links.profit}
    return Formula(
        version=document.version,
        decays={cell: Decay(landmark, _ms(half_life)) for cell, half_life in half_lives.items()},
        rules=rules,
        levels=_levels(scoring.levels),
        exchange=document.exchange,
        margin_rate=float(scoring.margin_rate),
        scores={
            score.name: ScoreRule(
                {dimension: float(weight) for dimension, weight in score.of.items()},
                _levels(score.levels),
            )
            for score in scoring.scores
        },
        links=links.LinkRules(scoring.links.conduct),
        demotion=_demotion(scoring.demotion),
    )


def _rule(kind: str, act: ScoredAct, zone: tzinfo) -> Rule:
    only = Only(frozenset(act.channels), frozenset(act.segments))
    per = act.per_amount
    return Rule(
        act.dimension,
        points=float(act.points) if per is None else 0.0,
        rate=0.0 if per is None else float(act.points / per / 10**SCALE),
        of_margin=per is not None and act.of == "margin",
        limits=_limits(act, zone),
        only=only if only != Only() else None,
        cell=act.dimension if act.half_life is None else f"{act.dimension}:{kind}",
    )


def _limits(act: ScoredAct, zone: tzinfo) -> Limits | None:
    cap, diminishing = act.cap, act.diminishing
    points = None if cap is None or cap.points is None else float(cap.points)
    limits = Limits(
        nth=act.nth,
        every=act.every,
        factor=1.0 if diminishing is None else diminishing.factor,
        diminishing_per=None if diminishing is None else _period(diminishing.per, zone),
        most_points=points,
        most_times=None if cap is None else cap.times,
        cap_per=None if cap is None else _period(cap.per, zone),
        least_age=_ms(act.min_account_age),
    )
    return None if limits == Limits() else limits


def _period(per: model.Unit | timedelta, zone: tzinfo) -> Period:
    return Rolling(_ms(per)) if isinstance(per, timedelta) else Calendar(per, zone)


def _levels(levels: tuple[model.Level, ...]) -> list[Level]:
    return [Level(level.name, float(level.threshold)) for level in levels]


def _demotion(rule: model.Demotion) -> Demotion | None:
    return None if rule.grace is None else Demotion(_ms(rule.grace), _ms(rule.at_most_every))


def _ms(span: timedelta) -> int:
    return round(span.total_seconds() * 1000)
