"""What is answered about a customer as a whole: its shape, and what fills it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, Field

from services.engagement.domain.membership import GroupKind, Membership
from services.engagement.domain.person import Person
from services.engagement.inbound.score_answers import ScoreAnswer, score_members
from services.engagement.inbound.timeline_answers import (
    TimelineMoment,
    TimelinePage,
    moment_members,
    page_members,
)
from services.engagement.use_cases.profiles import View
from shared.clock import from_epoch_ms


class IdentityAnswer(BaseModel):
    """Who it is, as the shop last said."""

    name: str | None
    email: str | None
    phone: str | None = Field(description="E.164.")
    locale: str | None = Field(description="BCP 47.")
    time_zone: str | None = Field(description="IANA name.")
    aliases: list[str]
    leaderboard_name: str | None = Field(description="By which they agreed to be shown.")


class HeldLevel(BaseModel):
    """A level that was reached or fallen back to."""

    level: str
    since: datetime


class MembershipAnswer(BaseModel):
    """A segment or circle that the customer belongs to."""

    name: str
    since: datetime
    by: Literal["rule", "hand"]


class FirstAnswer(TimelineMoment):
    """The first of its kind."""

    time: datetime


class ProfileAnswer(BaseModel):
    """Everything that is known of a customer; what is older is on the timeline's next pages."""

    customer: str
    identity: IdentityAnswer | None
    identity_hidden: bool = Field(description="The key lacks customers:read.")
    excluded: Literal["staff", "blocked"] | None = Field(description="Earns nothing, and why.")
    score: ScoreAnswer
    levels: list[HeldLevel] = Field(description="Oldest first; the last is held now.")
    first_act: datetime | None
    last_act: datetime | None
    firsts: list[FirstAnswer] = Field(description="Newest first.")
    segments: list[MembershipAnswer]
    circles: list[MembershipAnswer]
    timeline: TimelinePage


def profile_members(view: View, *, identity_hidden: bool) -> Mapping[str, Any]:
    """The members of a ProfileAnswer."""
    profile = view.score.profile
    return {
        "customer": view.customer,
        "identity": None if view.person is None else _identity(view.person),
        "identity_hidden": identity_hidden,
        "excluded": view.excluded,
        "score": score_members(view.score, view.customer, view.excluded),
        "levels": [
            {"level": held.level, "since": from_epoch_ms(held.since)}
            for held in profile.watch.levels
        ],
        "first_act": from_epoch_ms(profile.first) if profile.last else None,
        "last_act": from_epoch_ms(profile.last) if profile.last else None,
        "firsts": [
            {**moment_members(first), "time": from_epoch_ms(first.time)} for first in view.firsts
        ],
        "segments": _memberships(view, "segment"),
        "circles": _memberships(view, "circle"),
        "timeline": page_members(view.timeline, view.customer),
    }


def _identity(person: Person) -> Mapping[str, Any]:
    return {name: getattr(person, name) for name in IdentityAnswer.model_fields}


def _memberships(view: View, kind: GroupKind) -> list[Mapping[str, Any]]:
    return [_membership(one) for one in view.memberships if one.group.kind == kind]


def _membership(one: Membership) -> Mapping[str, Any]:
    return {"name": one.group.name, "since": from_epoch_ms(one.since), "by": one.by}
