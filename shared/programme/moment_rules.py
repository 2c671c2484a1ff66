"""moments.yaml as plain frozen values."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time, timedelta
from types import MappingProxyType
from typing import Any

from shared.programme.periods import period
from shared.programme.validation import schema

CONTACT = "contact"
"""Among `firsts`, the first act of any kind."""


@dataclass(frozen=True, slots=True)
class SilenceRule:
    """Unusual is `factor` times the customer's usual gap, and `least`, once they have had
    `from_acts` acts."""

    factor: float
    least: timedelta
    from_acts: int


@dataclass(frozen=True, slots=True)
class RiskRule:
    """A bad experience is one of `acts`, a rating from 0 to `rating_at_most`, and with
    `late_delivery` a broken promise; of customers from `from_level` on, which is the second level
    where it is None."""

    acts: frozenset[str]
    rating_at_most: float
    late_delivery: bool
    from_level: str | None
    at_most_every: timedelta


@dataclass(frozen=True, slots=True)
class MomentRules:
    """Which moments there are; None or nothing where a kind is off.

    `firsts` may have CONTACT; `nth` ascends; `anniversaries_at` is where the customer lives; what
    an act older than `announce_within` brings is not announced.
    """

    firsts: frozenset[str]
    nth: Mapping[str, tuple[int, ...]]
    level_reached: bool
    anniversaries_at: time | None
    comeback_after: timedelta | None
    silence: SilenceRule | None
    at_risk: RiskRule | None
    announce_within: timedelta


def build_moment_rules(given: Mapping[str, Any] = MappingProxyType({})) -> MomentRules:
    """The rules of a moments.yaml that passed every check; the defaults of an empty one."""
    data = {
        key: rule["default"] | given.get(key, {})
        if rule.get("type") == "object" and key != "nth"
        else given.get(key, rule["default"])
        for key, rule in schema("moments")["properties"].items()
    }
    anniversaries, comeback = data["anniversaries"], data["comeback"]
    nth = {act: tuple(sorted(numbers)) for act, numbers in data["nth"].items()}
    return MomentRules(
        firsts=frozenset(data["firsts"]),
        nth=MappingProxyType(nth),
        level_reached=data["level_reached"]["on"],
        anniversaries_at=time.fromisoformat(anniversaries["at"]) if anniversaries["on"] else None,
        comeback_after=period(comeback["after"]) if comeback["on"] else None,
        silence=_silence(data["silence"]),
        at_risk=_at_risk(data["at_risk"]),
        announce_within=period(data["announce_within"]),
    )


def _silence(data: Mapping[str, Any]) -> SilenceRule | None:
    if not data["on"]:
        return None
    return SilenceRule(float(data["factor"]), period(data["least"]), data["from_acts"])


def _at_risk(data: Mapping[str, Any]) -> RiskRule | None:
    if not data["on"]:
        return None
    return RiskRule(
        acts=frozenset(data["acts"]),
        rating_at_most=float(data["rating_at_most"]),
        late_delivery=data["late_delivery"],
        from_level=data.get("from_level"),
        at_most_every=period(data["at_most_every"]),
    )
