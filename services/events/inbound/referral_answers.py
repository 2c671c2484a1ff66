"""What the routes of referrals take and give."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from services.events.domain.evidence import Seen
from services.events.domain.invitation import Invitation
from services.events.domain.referral import Finding, Referral, State, Step
from services.events.inbound.customer_body import Email, Line


class SeenBody(BaseModel):
    """What was seen with a person; only keyed hashes of it are kept."""

    model_config = ConfigDict(extra="forbid")

    email: Email | None = None
    payment_fingerprint: Line | None = Field(
        None, description="What the payment provider calls the same card or account by."
    )
    address: Annotated[str, Field(min_length=1, max_length=500)] | None = Field(
        None, description="Where goods go, as one text."
    )
    ip: Annotated[str, Field(min_length=1, max_length=50)] | None = Field(
        None, description="The address of the person's browser, not of the shop's server."
    )

    def seen(self) -> Seen:
        """The same for the domain."""
        return Seen(self.email, self.payment_fingerprint, self.address, self.ip)


class InviteBody(SeenBody):
    """Whose code it is to be."""

    referrer: Line = Field(description="A customer's id, or an alias.")


class VisitBody(BaseModel):
    """Who followed a link that leads to the shop itself."""

    model_config = ConfigDict(extra="forbid")

    ip: Annotated[str, Field(min_length=1, max_length=50)] | None = None
    anonymous_id: Annotated[str, Field(max_length=150), Line] | None = Field(
        None, description="What the shop knows the visitor by; the first link binds."
    )


class ClaimBody(SeenBody):
    """Who came by a code, and what was seen with them."""

    customer: Line = Field(description="The new customer's id, or an alias.")
    anonymous_id: Annotated[str, Field(max_length=150), Line] | None = Field(
        None, description="What the shop knew them by before."
    )


class NoteBody(BaseModel):
    """Why, for those who look at it later."""

    model_config = ConfigDict(extra="forbid")

    reason: Annotated[str, Field(min_length=1, max_length=1000)]


class InvitationAnswer(BaseModel):
    """A customer's code. It is `invited` until somebody has followed its link."""

    code: str
    link: str = Field(description="To be shared: counts a visit and leads to the shop.")
    referrer: str
    state: State
    invited_at: datetime
    visits: int
    visited_at: datetime | None

    @classmethod
    def of(cls, invitation: Invitation, links_url: str) -> "InvitationAnswer":
        """From what is stored."""
        return cls(
            code=invitation.code,
            link=f"{links_url.rstrip('/')}/r/{invitation.code}",
            referrer=invitation.referrer,
            state="invited" if invitation.visited_at is None else "visited",
            invited_at=invitation.invited_at,
            visits=invitation.visits,
            visited_at=invitation.visited_at,
        )


class StepAnswer(BaseModel):
    """A state, since when, and why."""

    state: State
    at: datetime
    reason: str | None
    by: str | None = Field(description="The name of the API key of whoever decided.")
    note: str | None = Field(description="Their words.")

    @classmethod
    def of(cls, step: Step) -> "StepAnswer":
        """From what is stored."""
        return cls(state=step.state, at=step.at, reason=step.reason, by=step.by, note=step.note)


class FlagAnswer(BaseModel):
    """What a person should look at."""

    reason: str
    at: datetime

    @classmethod
    def of(cls, finding: Finding) -> "FlagAnswer":
        """From what is stored."""
        return cls(reason=finding.reason, at=finding.at)


class ReferralAnswer(BaseModel):
    """A referral as it stands; `history` has its states in the order in which they became known."""

    id: str
    code: str
    referrer: str
    referee: str | None = Field(description="Null once erased.")
    state: State
    reason: str | None = Field(description="Of a rejection.")
    flags: list[FlagAnswer] = Field(description="Waits for a person while there are any.")
    due_at: datetime | None = Field(description="When it will be confirmed or expire.")
    history: list[StepAnswer]

    @classmethod
    def of(cls, referral: Referral) -> "ReferralAnswer":
        """From what is stored."""
        return cls(
            id=referral.id,
            code=referral.code,
            referrer=referral.referrer,
            referee=referral.referee,
            state=referral.state,
            reason=referral.history[-1].reason if referral.history else None,
            flags=[FlagAnswer.of(one) for one in referral.flags],
            due_at=referral.due_at,
            history=[StepAnswer.of(step) for step in referral.history],
        )


class ReferralsAnswer(BaseModel):
    """Some referrals, oldest first; no `next_cursor` at the end."""

    invitation: InvitationAnswer | None = Field(description="Of the referrer who was asked for.")
    data: list[ReferralAnswer]
    next_cursor: str | None
