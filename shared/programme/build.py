"""From checked documents to the programme's value."""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from shared.contracts.act_type import ActType, act_type
from shared.programme.attention_rules import build_attention_rules
from shared.programme.channel_rules import ChannelRules, build_bounce_rules
from shared.programme.documents import Document
from shared.programme.folder import Folder
from shared.programme.groups import build_circle, build_segment
from shared.programme.model import (
    Allowance,
    Detection,
    FormulaDocument,
    Programme,
    ProgrammeSettings,
    ReferralRules,
    Scale,
    Source,
    Survey,
)
from shared.programme.moment_rules import build_moment_rules
from shared.programme.periods import period, period_or_never
from shared.programme.thanks_rules import build_thanks_rule
from shared.programme.validation import schema

K = TypeVar("K")
V = TypeVar("V")


def build(folder: Folder, version: str, formula: FormulaDocument) -> Programme:
    """`folder` must have passed every check."""
    if folder.settings is None:
        raise ValueError("a programme needs its settings")
    settings = _settings(folder.settings.data)
    return Programme(
        settings=settings,
        scoring=formula.scoring,
        formula=formula,
        acts=_frozen({name: type_of_act(name, act) for name, act in folder.acts.items()}),
        thanks=tuple(
            build_thanks_rule(name, rule.data, settings.stale_after)
            for name, rule in sorted(folder.thanks.items())
        ),
        surveys=_frozen({name: _survey(name, d.data) for name, d in folder.surveys.items()}),
        templates=_frozen({key: template.text for key, template in folder.templates.items()}),
        sources=_frozen({name: _source(name, d) for name, d in folder.sources.items()}),
        referrals=_referrals(folder.referrals.data if folder.referrals else {}, settings),
        discovery=_discovery(folder.discovery.data if folder.discovery else {}),
        moments=build_moment_rules(folder.moments.data if folder.moments else {}),
        segments=_frozen({n: build_segment(n, d.data) for n, d in folder.segments.items()}),
        circles=_frozen({n: build_circle(n, d.data) for n, d in folder.circles.items()}),
        attention=build_attention_rules(folder.attention.data if folder.attention else {}),
        channels=_frozen({name: _channel(name, d) for name, d in folder.channels.items()}),
        version=version,
        files=folder.files,
    )


def type_of_act(name: str, document: Document) -> ActType:
    """The type of act that acts/<name>.yaml describes; its schema must have accepted it."""
    data = _json(document.data)
    return act_type(name, data["title"], data["description"], data["payload"], data["example"])


def _json(value: Any) -> Any:
    """With numbers as JSON libraries have them, which know no Decimal."""
    if isinstance(value, dict):
        return {name: _json(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_json(one) for one in value]
    return float(value) if isinstance(value, Decimal) else value


def _settings(data: dict[str, Any]) -> ProgrammeSettings:
    currency = data["currency"]
    exchange = {code: Decimal(worth) for code, worth in data.get("exchange", {}).items()}
    stale_after = data.get(
        "stale_after", schema("programme")["properties"]["stale_after"]["default"]
    )
    return ProgrammeSettings(
        name=data["name"],
        shop=data["shop"],
        currency=currency,
        exchange=_frozen({**exchange, currency: Decimal(1)}),
        time_zone=data["time_zone"],
        locale=data["locale"],
        stale_after=period_or_never(stale_after),
        shop_url=data.get("shop_url"),
        support_email=data.get("support_email"),
        opened=_opened(data),
    )


def _opened(data: dict[str, Any]) -> datetime | None:
    if "opened" not in data:
        return None
    midnight = datetime.fromisoformat(data["opened"]).replace(tzinfo=ZoneInfo(data["time_zone"]))
    return midnight.astimezone(UTC)


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


def _source(name: str, document: Document) -> Source:
    return Source(
        name=name,
        connector=document.data["connector"],
        options=_deeply_frozen(document.data.get("options", {})),
        file=document.file,
        lines=_frozen({pointer: line for pointer, (line, _) in document.places.items()}),
    )


def _channel(name: str, document: Document) -> ChannelRules:
    data = document.data
    return ChannelRules(
        name=name,
        adapter=data["adapter"],
        options=_deeply_frozen(data.get("options", {})),
        per_second=float(data.get("per_second", 0)),
        at_once=data.get("at_once", 8),
        bounces=build_bounce_rules(data["bounces"]) if "bounces" in data else None,
        file=document.file,
        lines=_frozen({pointer: line for pointer, (line, _) in document.places.items()}),
    )


def _deeply_frozen(value: Any) -> Any:
    if isinstance(value, dict):
        return _frozen({key: _deeply_frozen(member) for key, member in value.items()})
    if isinstance(value, list):
        return tuple(_deeply_frozen(item) for item in value)
    return value


def _referrals(given: dict[str, Any], settings: ProgrammeSettings) -> ReferralRules:
    rules = schema("referrals")["properties"]
    data = {key: rule["default"] for key, rule in rules.items() if "default" in rule} | given
    return ReferralRules(
        attribution_window=period(data["attribution_window"]),
        return_window=period(data["return_window"]),
        cap=_allowance(data["cap"]),
        same_address_window=period(data["same_address_window"]),
        claims_per_ip=_allowance(data["claims_per_ip"]),
        link=data.get("link") or _landing_page(settings.shop_url),
    )


def _discovery(given: dict[str, Any]) -> Mapping[str, Detection]:
    rules = schema("discovery")["properties"]
    return _frozen(
        {name: _detection(rule["default"] | given.get(name, {})) for name, rule in rules.items()}
    )


def _detection(data: dict[str, Any]) -> Detection:
    emit_from = data["emit_from"]
    return Detection(
        on=data["on"],
        emit_from=None if emit_from == "never" else float(emit_from),
        suggest_from=float(data["suggest_from"]),
    )


def _allowance(data: dict[str, Any]) -> Allowance:
    return Allowance(data["count"], period(data["period"]))


def _landing_page(shop_url: str | None) -> str | None:
    if shop_url is None:
        return None
    address, hash_sign, fragment = shop_url.partition("#")
    query = "&" if "?" in address else "?"
    return f"{address}{query}ref={{code}}{hash_sign}{fragment}"


def _frozen(values: dict[K, V]) -> Mapping[K, V]:
    return MappingProxyType(values)
