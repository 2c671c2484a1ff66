"""A referral: what is known of it, and how that grows."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from services.events.domain.evidence import Trace
from services.events.domain.referred_order import Telling
from shared.programme.model import ReferralRules

State = Literal["invited", "visited", "registered", "purchased", "confirmed", "rejected"]
Suspicion = Literal[
    "same_customer",
    "same_email",
    "same_payment",
    "bound_elsewhere",
    "cap",
    "same_address",
    "many_claims",
]
FLAGS: frozenset[str] = frozenset({"same_address", "many_claims"})
"""These suspicions wait for a person; the others reject."""
FINAL: frozenset[str] = frozenset({"expired", "erased"})
"""There is nothing that could go on."""
MOST_TELLINGS = 500


@dataclass(frozen=True, slots=True)
class Finding:
    """A suspicion, and when it arose."""

    reason: Suspicion
    at: datetime


@dataclass(frozen=True, slots=True)
class Decision:
    """What a person decided; `forgives` are the reasons that count no more."""

    verdict: Literal["unblock", "reject"]
    at: datetime
    by: str
    note: str
    forgives: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """A state, since when, and for a rejection why; `by` and `note` where a person decided."""

    state: State
    at: datetime
    reason: str | None = None
    by: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Referral:
    """One pair of referrer and referee.

    `referee` is a customer's id, or an alias until one is known; None once erased. `bought_at` is
    their first purchase that is known of. `due_at` is when somebody must look again; `untold` is
    what both sides are still to be told by acts. `version` grows with every change.
    """

    id: str
    code: str
    referrer: str
    referee: str | None
    invited_at: datetime
    opened_at: datetime
    visited_at: datetime | None = None
    registered_at: datetime | None = None
    bought_at: datetime | None = None
    evidence: tuple[Trace, ...] = ()
    findings: tuple[Finding, ...] = ()
    tellings: tuple[Telling, ...] = ()
    decisions: tuple[Decision, ...] = ()
    history: tuple[Step, ...] = ()
    confirmed_at: datetime | None = None
    withdrawn_at: datetime | None = None
    due_at: datetime | None = None
    untold: Literal["confirmed", "withdrawn"] | None = None
    version: int = 0

    @property
    def first_touch(self) -> datetime:
        """From then on the attribution window runs."""
        return min(at for at in (self.visited_at, self.registered_at, self.opened_at) if at)

    @property
    def ip(self) -> str | None:
        """The hash of the address that the referee was seen at last."""
        return next((one.hash for one in reversed(self.evidence) if one.trait == "ip"), None)

    @property
    def state(self) -> State:
        return self.history[-1].state if self.history else "invited"

    @property
    def forgiven(self) -> frozenset[str]:
        """Reasons that a person has judged to be none."""
        return frozenset(reason for one in self.decisions for reason in one.forgives)

    @property
    def flags(self) -> tuple[Finding, ...]:
        """What waits for a person."""
        if self.state in ("confirmed", "rejected"):
            return ()
        return tuple(
            one for one in self.findings if one.reason in FLAGS and one.reason not in self.forgiven
        )


def add_visit(referral: Referral, at: datetime) -> Referral:
    """The referee followed the link."""
    return replace(referral, visited_at=_earlier(referral.visited_at, at))


def add_registration(
    referral: Referral, referee: str, at: datetime, evidence: tuple[Trace, ...]
) -> Referral:
    """The referee is known now; `evidence` is all that was seen with them."""
    return replace(
        referral,
        referee=referee,
        registered_at=_earlier(referral.registered_at, at),
        evidence=evidence,
    )


def add_findings(referral: Referral, found: Iterable[Finding]) -> Referral:
    """Each suspicion once."""
    known = {one.reason: one for one in (*found, *referral.findings)}
    return replace(referral, findings=tuple(known.values()))


def add_tellings(referral: Referral, tellings: Iterable[Telling], rules: ReferralRules) -> Referral:
    """What acts say of the referee's orders, those that can matter; each act once."""
    last = referral.opened_at + rules.attribution_window + rules.return_window
    told = {one.key: one for one in referral.tellings}
    bought_at = referral.bought_at
    for one in tellings:
        if one.kind == "purchase":
            bought_at = _earlier(bought_at, one.at)
        if one.at < last and len(told) < MOST_TELLINGS:
            told.setdefault(one.key, one)
    return replace(referral, tellings=tuple(told.values()), bought_at=bought_at)


def add_decision(referral: Referral, decision: Decision) -> Referral:
    """A person's word; unblocking forgives all that stands against the referral now."""
    if decision.verdict == "unblock":
        against = {one.reason for one in referral.findings} | {
            one.reason for one in referral.history[-1:] if one.reason is not None
        }
        decision = replace(decision, forgives=tuple(sorted(against)))
    return replace(referral, decisions=(*referral.decisions, decision))


def can_unblock(referral: Referral) -> bool:
    """Whether it is held back by something that a person may forgive."""
    if referral.withdrawn_at is not None or referral.referee is None:
        return False
    last = referral.history[-1] if referral.history else None
    rejected = last is not None and last.state == "rejected" and last.reason not in FINAL
    return rejected or bool(referral.flags)


def tell(referral: Referral) -> Referral:
    """Both sides have been told."""
    return replace(referral, untold=None, due_at=None)


def erase_referee(referral: Referral) -> Referral:
    """What remains when the referee is to be forgotten: that there was somebody."""
    history = referral.history
    if referral.state not in ("confirmed", "rejected"):
        last = history[-1].at if history else referral.opened_at
        history = (*history, Step("rejected", last, "erased"))
    return replace(
        referral,
        referee=None,
        evidence=(),
        tellings=(),
        history=history,
        due_at=None,
        untold=None,
    )


def _earlier(one: datetime | None, other: datetime) -> datetime:
    return other if one is None else min(one, other)
