"""thanks/<name>.yaml as plain frozen values."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from shared.contracts.purposes import Purpose
from shared.programme.periods import period, period_or_never

REQUEST = "request"
"""What `on` says of a rule that only POST /v1/messages uses."""


@dataclass(frozen=True, slots=True)
class Audience:
    """Whom a rule is for: in one of each that is not empty. Of `locales` a language includes its
    regions. `first` is True for the first act of the kind only, False for every later one."""

    segments: frozenset[str] = frozenset()
    circles: frozenset[str] = frozenset()
    levels: frozenset[str] = frozenset()
    locales: frozenset[str] = frozenset()
    first: bool | None = None

    @property
    def conditions(self) -> int:
        """How many there are; of two rules the one with more is asked first."""
        named = (self.segments, self.circles, self.levels, self.locales)
        return sum(map(bool, named)) + (self.first is not None)


@dataclass(frozen=True, slots=True)
class ThanksRule:
    """How an act, a moment or a request is answered.

    `on` is an act's short name, `answer`, a moment such as `level_reached` or
    `level_reached.friend`, or REQUEST. Of the rules for one thing the highest `rank` that fits the
    customer counts; of messages that merge it leads. `templates` are variants of one text,
    `channels` are tried in order. Where `merges` is None it always goes alone, else it waits for so
    long for others to go with it. `stale_after` has the default filled in; None: never.
    """

    name: str
    on: str
    templates: tuple[str, ...]
    channels: tuple[str, ...]
    stale_after: timedelta | None
    purpose: Purpose = "thanks"
    survey: str | None = None
    audience: Audience = Audience()
    rank: int = 0
    merges: timedelta | None = timedelta()


def build_thanks_rule(
    name: str, data: Mapping[str, Any], stale_after: timedelta | None
) -> ThanksRule:
    """The rule of a document that passed every check; `stale_after` is the programme's own."""
    template, own = data["template"], data.get("stale_after")
    return ThanksRule(
        name=name,
        on=data["on"],
        templates=tuple(template) if isinstance(template, list) else (template,),
        channels=tuple(data["channels"]),
        stale_after=period_or_never(own) if own else stale_after,
        purpose=data.get("purpose", "thanks"),
        survey=data.get("survey"),
        audience=_audience(data.get("for", {})),
        rank=data.get("rank", 0),
        merges=_merges(data.get("merge", "0m")),
    )


def _audience(data: Mapping[str, Any]) -> Audience:
    sets = {key: frozenset(value) for key, value in data.items() if key != "first"}
    return Audience(**sets, first=data.get("first"))


def _merges(text: str) -> timedelta | None:
    return None if text == "never" else period(text)
