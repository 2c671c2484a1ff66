"""attention.yaml as plain frozen values: how often, and when, anybody is written to."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time, timedelta
from types import MappingProxyType
from typing import Any, Literal

from shared.contracts.purposes import PURPOSES, Purpose
from shared.programme.periods import period, period_or_never
from shared.programme.validation import schema


@dataclass(frozen=True, slots=True)
class BudgetWindow:
    """At most `at_most` messages of these purposes together, within each calendar day where the
    customer lives, or within any `per`."""

    at_most: int
    per: Literal["day"] | timedelta
    purposes: frozenset[Purpose] = frozenset(PURPOSES)


@dataclass(frozen=True, slots=True)
class QuietHours:
    """From `start` to `end` by the clock where the customer lives, over midnight if it is less."""

    start: time
    end: time


@dataclass(frozen=True, slots=True)
class Pauses:
    """What else than recovery waits for; None where it does not. A refund is pending from a return
    until the money went back, a parcel is late once its promise has passed; both are given up
    waiting for after the time given."""

    open_case: bool
    pending_refund: timedelta | None
    late_parcel: timedelta | None


@dataclass(frozen=True, slots=True)
class Objective:
    """`share` (0 to 1) of thanks are handed to a channel `within` this time after the act."""

    within: timedelta
    share: float


@dataclass(frozen=True, slots=True)
class AttentionRules:
    """All windows hold at once. Promotion is sent only where `promotion` says so."""

    budget: tuple[BudgetWindow, ...]
    quiet_hours: QuietHours | None
    pauses: Pauses
    objective: Objective
    promotion: bool


def build_attention_rules(given: Mapping[str, Any] = MappingProxyType({})) -> AttentionRules:
    """The rules of an attention.yaml that passed every check; the defaults of an empty one."""
    rules = schema("attention")["properties"]
    data = {key: rule["default"] for key, rule in rules.items()} | dict(given)
    pauses = rules["pauses"]["default"] | data["pauses"]
    objective = rules["objective"]["default"] | data["objective"]
    return AttentionRules(
        budget=tuple(map(_window, data["budget"])),
        quiet_hours=_quiet_hours(data["quiet_hours"]),
        pauses=Pauses(
            open_case=pauses["open_case"],
            pending_refund=period_or_never(pauses["pending_refund"]),
            late_parcel=period_or_never(pauses["late_parcel"]),
        ),
        objective=Objective(period(objective["within"]), float(objective["share"])),
        promotion=data["promotion"],
    )


def _window(data: Mapping[str, Any]) -> BudgetWindow:
    per = "day" if data["per"] == "day" else period(data["per"])
    purposes = data.get("purposes", PURPOSES)
    return BudgetWindow(data["at_most"], per, frozenset(purposes))  # type: ignore[arg-type]


def _quiet_hours(data: Mapping[str, str] | str) -> QuietHours | None:
    if isinstance(data, str):
        return None
    return QuietHours(time.fromisoformat(data["from"]), time.fromisoformat(data["to"]))
