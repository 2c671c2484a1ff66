"""scoring.yaml, checked, as values."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from types import MappingProxyType
from typing import Any, cast

from shared.programme.model import (
    Cap,
    Demotion,
    Diminishing,
    Level,
    LinkRules,
    NamedScore,
    ScoredAct,
    Scoring,
    Unit,
)
from shared.programme.periods import period, period_or_never
from shared.programme.validation import schema


def spelled_out(scoring: Mapping[str, Any]) -> dict[str, Any]:
    """scoring.yaml, which has passed every check, with the defaults of today, which may be others
    tomorrow."""
    rules = schema("scoring")["properties"]
    whole = {name: rule["default"] for name, rule in rules.items() if "default" in rule}
    whole |= scoring
    whole["demotion"] = rules["demotion"]["default"] | whole["demotion"]
    links = rules["links"]["properties"]
    said = whole.get("links", {})
    whole["links"] = {name: rule["default"] | said.get(name, {}) for name, rule in links.items()}
    return whole


def build_scoring(data: Mapping[str, Any]) -> Scoring:
    """Of what is `spelled_out`."""
    half_lives = {
        name: _days(dimension["half_life_days"]) for name, dimension in data["dimensions"].items()
    }
    acts = data["acts"].items()
    return Scoring(
        landmark=datetime.fromisoformat(data["landmark"]).replace(tzinfo=UTC),
        half_lives=MappingProxyType(half_lives),
        acts=MappingProxyType({name: _act(act) for name, act in acts if "reverses" not in act}),
        reversals=MappingProxyType(
            {name: act["reverses"] for name, act in acts if "reverses" in act}
        ),
        levels=_levels(data["levels"]),
        margin_rate=Decimal(data["margin_rate"]),
        scores=tuple(_named_score(name, one) for name, one in data.get("scores", {}).items()),
        links=_links(data["links"]),
        demotion=Demotion(
            period_or_never(data["demotion"]["grace"]), period(data["demotion"]["at_most_every"])
        ),
    )


def _levels(data: list[dict[str, Any]]) -> tuple[Level, ...]:
    return tuple(Level(level["name"], Decimal(level["from"])) for level in data)


def _named_score(name: str, data: dict[str, Any]) -> NamedScore:
    of = {dimension: Decimal(weight) for dimension, weight in data["of"].items()}
    return NamedScore(name, MappingProxyType(of), _levels(data.get("levels", [])))


def _links(data: Mapping[str, Any]) -> LinkRules:
    half_lives = {name: _days(one["half_life_days"]) for name, one in data.items()}
    conduct = {
        kind: None if value == "promise" else float(value)
        for kind, value in data["experience"]["conduct"].items()
    }
    return LinkRules(conduct=MappingProxyType(conduct), **half_lives)


def _act(data: dict[str, Any]) -> ScoredAct:
    per = data.get("points_per")
    counts, only = data.get("counts"), data.get("only", {})
    how_often = counts if isinstance(counts, dict) else {"nth": 1} if counts == "once" else {}
    own, age = data.get("half_life_days"), data.get("min_account_age")
    return ScoredAct(
        data["dimension"],
        Decimal(per["points"] if per else data["points"]),
        Decimal(per["amount"]) if per else None,
        of=per.get("of", "margin") if per else "margin",
        half_life=None if own is None else _days(own),
        nth=how_often.get("nth"),
        every=how_often.get("every"),
        diminishing=_diminishing(data.get("diminishing")),
        cap=_cap(data.get("cap")),
        min_account_age=timedelta() if age is None else period(age),
        channels=tuple(only.get("channels", ())),
        segments=tuple(only.get("segments", ())),
    )


def _diminishing(data: dict[str, Any] | None) -> Diminishing | None:
    return None if data is None else Diminishing(_per(data["per"]), float(data["factor"]))


def _cap(data: dict[str, Any] | None) -> Cap | None:
    if data is None:
        return None
    points = data.get("points")
    most = None if points is None else Decimal(points)
    return Cap(_per(data["per"]), most, data.get("times"))


def _per(text: str) -> Unit | timedelta:
    return period(text) if text[0].isdigit() else cast(Unit, text)


def _days(number: Any) -> timedelta:
    return timedelta(days=float(number))
