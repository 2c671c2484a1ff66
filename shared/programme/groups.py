"""Segments and circles of customers as values: segments/<name>.yaml and circles/<name>.yaml."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import time
from typing import Any

RFM = ("recency", "frequency", "monetary")


@dataclass(frozen=True, slots=True)
class Segment:
    """Customers for whom the expression `when` holds."""

    name: str
    title: str
    description: str | None
    when: str


@dataclass(frozen=True, slots=True)
class Touchpoint:
    """A recurring occasion of a circle: `schedule` is a recurrence rule (RFC 5545) of days, `at`
    the time of day in the programme's time zone."""

    name: str
    schedule: str
    at: time


@dataclass(frozen=True, slots=True)
class Circle:
    """Customers with a story in common: for whom `when` holds, where there is one, and with
    `by_hand` those whom somebody put in; `leaderboard` says whether it has a ranking."""

    name: str
    title: str
    story: str
    when: str | None
    by_hand: bool
    leaderboard: bool
    touchpoints: tuple[Touchpoint, ...]


def build_segment(name: str, data: Mapping[str, Any]) -> Segment:
    """From a document that passed every check."""
    return Segment(name, data["title"], data.get("description"), when_of(data))


def build_circle(name: str, data: Mapping[str, Any]) -> Circle:
    """From a document that passed every check."""
    members = data["members"]
    return Circle(
        name=name,
        title=data["title"],
        story=data["story"],
        when=members.get("when"),
        by_hand=members.get("by_hand", False),
        leaderboard=data.get("leaderboard", False),
        touchpoints=tuple(
            Touchpoint(one["name"], one["schedule"], time.fromisoformat(one["at"]))
            for one in data.get("touchpoints", ())
        ),
    )


def when_of(segment: Mapping[str, Any]) -> str:
    """The expression of a segment: its own, or that of its `rfm`."""
    if "when" in segment:
        return str(segment["when"])
    rfm = segment["rfm"]
    return " && ".join(_is_among(f"rfm.{one}", rfm[one]) for one in RFM if one in rfm)


def _is_among(variable: str, values: Iterable[int]) -> str:
    return f"{variable} in [{', '.join(map(str, sorted(values)))}]"
