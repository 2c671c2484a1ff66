"""What is answered about segments and circles."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field

from services.engagement.domain.membership import Group, Membership
from services.engagement.use_cases.groups import Counts
from shared.clock import from_epoch_ms
from shared.programme.groups import Circle, Segment


class MemberAnswer(BaseModel):
    """A customer who belongs, since when, and why."""

    customer: str
    since: datetime
    by: str = Field(description="`rule` or `hand`.")


class SegmentAnswer(BaseModel):
    """`members` is how many customers the rule held for when they were looked at last, which
    began at `refreshed_at`."""

    name: str
    title: str
    description: str | None
    when: str = Field(description="The rule, in CEL.")
    members: int
    refreshed_at: datetime | None


class SegmentsAnswer(BaseModel):
    """All segments of the programme."""

    data: list[SegmentAnswer]


class SegmentPage(SegmentAnswer):
    """With a page of its members, in the order of their ids."""

    data: list[MemberAnswer]
    next_cursor: str | None


class TouchpointAnswer(BaseModel):
    """A recurring occasion."""

    name: str
    schedule: str = Field(description="Days, as a recurrence rule (RFC 5545).")
    at: str = Field(description="Time of day in the programme's time zone.")


class CircleAnswer(BaseModel):
    """Members by rule are those whom it held for when they were looked at last, which began at
    `refreshed_at`; those by hand are in at once."""

    name: str
    title: str
    story: str
    when: str | None = Field(description="The rule, in CEL; null where there is none.")
    by_hand: bool
    leaderboard: bool
    touchpoints: list[TouchpointAnswer]
    members: int
    refreshed_at: datetime | None


class CirclesAnswer(BaseModel):
    """All circles of the programme."""

    data: list[CircleAnswer]


class CirclePage(CircleAnswer):
    """With a page of its members, in the order of their ids."""

    data: list[MemberAnswer]
    next_cursor: str | None


def member_members(one: Membership) -> Mapping[str, Any]:
    """The members of a MemberAnswer."""
    return {"customer": one.customer, "since": from_epoch_ms(one.since), "by": one.by}


def segment_members(segment: Segment, counts: Counts) -> Mapping[str, Any]:
    """The members of a SegmentAnswer."""
    return {
        "name": segment.name,
        "title": segment.title,
        "description": segment.description,
        "when": segment.when,
        "members": counts.members.get(Group("segment", segment.name), 0),
        "refreshed_at": counts.refreshed,
    }


def circle_members(circle: Circle, counts: Counts) -> Mapping[str, Any]:
    """The members of a CircleAnswer."""
    touchpoints: Sequence[Mapping[str, Any]] = [
        {"name": one.name, "schedule": one.schedule, "at": f"{one.at:%H:%M}"}
        for one in circle.touchpoints
    ]
    return {
        "name": circle.name,
        "title": circle.title,
        "story": circle.story,
        "when": circle.when,
        "by_hand": circle.by_hand,
        "leaderboard": circle.leaderboard,
        "touchpoints": touchpoints,
        "members": counts.members.get(Group("circle", circle.name), 0),
        "refreshed_at": counts.refreshed,
    }
