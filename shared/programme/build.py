"""From checked documents to the programme's value."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from types import MappingProxyType
from typing import Any, TypeVar

from shared.programme.documents import Document
from shared.programme.folder import Folder
from shared.programme.model import (
    Level,
    Programme,
    ProgrammeSettings,
    Scale,
    ScoredAct,
    Scoring,
    Survey,
    ThanksRule,
)
from shared.programme.validation import schema

K = TypeVar("K")
V = TypeVar("V")

_UNITS = {"d": "days", "h": "hours", "m": "minutes"}


def build(folder: Folder, version: str) -> Programme:
    """`folder` must have passed every check."""
    if folder.settings is None or folder.scoring is None:
        raise ValueError("a programme needs its settings and its scoring")
    settings = _settings(folder.settings.data)
    return Programme(
        settings=settings,
        scoring=_scoring(folder.scoring.data),
        thanks=tuple(
            _rule(name, rule, settings.stale_after) for name, rule in sorted(folder.thanks.items())
        ),
        surveys=_frozen({name: _survey(name, d.data) for name, d in folder.surveys.items()}),
        templates=_frozen({key: template.text for key, template in folder.templates.items()}),
        version=version,
        files=folder.files,
    )


def _settings(data: dict[str, Any]) -> ProgrammeSettings:
    currency = data["currency"]
    exchange = {code: Decimal(worth) for code, worth in data.get("exchange", {}).items()}
    stale_after = data.get("stale_after", _default("programme", "stale_after"))
    return ProgrammeSettings(
        name=data["name"],
        shop=data["shop"],
        currency=currency,
        exchange=_frozen({**exchange, currency: Decimal(1)}),
        time_zone=data["time_zone"],
        locale=data["locale"],
        stale_after=_duration(stale_after),
        shop_url=data.get("shop_url"),
        support_email=data.get("support_email"),
    )


def _scoring(data: dict[str, Any]) -> Scoring:
    landmark = data.get("landmark", _default("scoring", "landmark"))
    half_lives = {
        name: timedelta(days=float(dimension["half_life_days"]))
        for name, dimension in data["dimensions"].items()
    }
    acts = data["acts"].items()
    return Scoring(
        landmark=datetime.fromisoformat(landmark).replace(tzinfo=UTC),
        half_lives=_frozen(half_lives),
        acts=_frozen({name: _act(act) for name, act in acts if "reverses" not in act}),
        reversals=_frozen({name: act["reverses"] for name, act in acts if "reverses" in act}),
        levels=tuple(Level(level["name"], Decimal(level["from"])) for level in data["levels"]),
    )


def _act(data: dict[str, Any]) -> ScoredAct:
    if "points" in data:
        return ScoredAct(data["dimension"], Decimal(data["points"]))
    per = data["points_per"]
    return ScoredAct(data["dimension"], Decimal(per["points"]), Decimal(per["amount"]))


def _rule(name: str, rule: Document, stale_after: timedelta | None) -> ThanksRule:
    data = rule.data
    own = data.get("stale_after")
    return ThanksRule(
        name=name,
        on=data["on"],
        template=data["template"],
        channels=tuple(data["channels"]),
        stale_after=_duration(own) if own else stale_after,
        survey=data.get("survey"),
    )


def _survey(name: str, data: dict[str, Any]) -> Survey:
    scale = data["scale"]
    return Survey(
        name=name,
        kind=data["kind"],
        question=_frozen(data["question"]),
        why=_frozen(data["why"]),
        scale=Scale(scale["from"], scale["to"], _frozen(scale["low"]), _frozen(scale["high"])),
        bad_at_most=data["bad_at_most"],
    )


def _duration(text: str) -> timedelta | None:
    if text == "never":
        return None
    return timedelta(**{_UNITS[text[-1]]: int(text[:-1])})


def _default(kind: str, key: str) -> str:
    return str(schema(kind)["properties"][key]["default"])


def _frozen(values: dict[K, V]) -> Mapping[K, V]:
    return MappingProxyType(values)
