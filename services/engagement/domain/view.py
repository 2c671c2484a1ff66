"""What rules of segments and circles see of a customer: the variables of their expressions."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from services.engagement.domain.decay import DAY_MS
from services.engagement.domain.formula import Formula
from services.engagement.domain.profile import Score
from services.engagement.domain.rfm import Rfm, order_count, spent
from shared.programme.expressions import Values, member


@dataclass(frozen=True, slots=True)
class Seen:
    """A customer's score now, by `formula`; `locale` is None where it is not known."""

    score: Score
    rfm: Rfm
    locale: str | None
    formula: Formula


Read = Callable[[Seen], Any]
_UNKNOWN_EXPERIENCE = 0.5

_ONE: Mapping[str, Read] = {
    "total": lambda seen: seen.score.total,
    "level": lambda seen: seen.score.level.name,
    "orders": lambda seen: order_count(seen.score.profile, seen.formula),
    "spent": lambda seen: spent(seen.score.profile, seen.formula),
    "days_since_first": lambda seen: _days(seen.score.profile.first, seen.score.time),
    "days_since_last": lambda seen: _days(seen.score.profile.last, seen.score.time),
    "locale": lambda seen: seen.locale or "",
}
_ROOMS: Mapping[str, Callable[[Seen, str], Any]] = {
    "acts": lambda seen, kind: seen.score.profile.acts.get(kind, 0),
    "dimensions": lambda seen, name: seen.score.dimensions.get(name, 0.0),
    "scores": lambda seen, name: _named(seen.score, name),
    "links": lambda seen, name: _link(seen.score, name),
    "rfm": lambda seen, name: getattr(seen.rfm, name),
}


class View:
    """The values of those `variables` that some rule asks for."""

    def __init__(self, variables: Collection[str]) -> None:
        self._readers = [(name, _reader(name)) for name in variables]

    def __call__(self, seen: Seen) -> Values:
        return {name: read(seen) for name, read in self._readers}


def _reader(variable: str) -> Read:
    room, dot, name = variable.partition(".")
    if not dot:
        return _ONE[variable]
    read = _ROOMS[room]
    return lambda seen: read(seen, name)


def _days(since: int, now: int) -> int:
    return max(0, now - since) // DAY_MS


def _named(score: Score, variable: str) -> float:
    found = (
        one.total for name, one in score.scores.items() if member(name) == f"scores.{variable}"
    )
    return next(found, 0.0)


def _link(score: Score, name: str) -> float:
    value = None if score.links is None else getattr(score.links, name)
    if value is None:
        return _UNKNOWN_EXPERIENCE if name == "experience" else 0.0
    return float(value)
