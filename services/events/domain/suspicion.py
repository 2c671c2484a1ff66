"""What speaks against a referral: that both sides are one person or household, or too many claims.

Sources of the rules: the attribution practice of Dub, Tolt, LoyaltyLion, Keystone and Loloyal.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from services.events.domain.evidence import Trace, hashes
from services.events.domain.referral import Finding, Referral
from shared.programme.model import ReferralRules


@dataclass(frozen=True, slots=True)
class Side:
    """A person: every id and alias they are known by, and what was seen with them."""

    names: frozenset[str]
    traces: tuple[Trace, ...]

    @property
    def emails(self) -> frozenset[str]:
        """Aliases that are hashes of e-mail addresses."""
        known = frozenset(name for name in self.names if name.startswith("email:"))
        return known | hashes(self.traces, "email")


def suspicions(
    referrer: Side, referee: Side, claims_from_ip: int, rules: ReferralRules, now: datetime
) -> Iterator[Finding]:
    """`claims_from_ip` counts the claims through this link from the referee's address within the
    period of the rule, this one among them."""
    if any(not name.startswith("email:") for name in referrer.names & referee.names):
        yield Finding("same_customer", now)
    if referrer.emails & referee.emails:
        yield Finding("same_email", now)
    if hashes(referrer.traces, "payment") & hashes(referee.traces, "payment"):
        yield Finding("same_payment", now)
    if _same_address(referrer, referee, rules):
        yield Finding("same_address", now)
    if claims_from_ip > rules.claims_per_ip.count:
        yield Finding("many_claims", now)


def counts_before(other: Referral, referral: Referral) -> bool:
    """Whether `other` brought this referee, who is the same person, and `referral` did not: nobody
    comes for the first time twice."""
    if other.id == referral.id:
        return False
    earlier = (other.first_touch, other.id) < (referral.first_touch, referral.id)
    return other.state == "confirmed" or (other.state == "purchased" and earlier)


def _same_address(referrer: Side, referee: Side, rules: ReferralRules) -> bool:
    return any(
        theirs.hash == own.hash and abs(theirs.at - own.at) <= rules.same_address_window
        for own in referrer.traces
        if own.trait == "address"
        for theirs in referee.traces
        if theirs.trait == "address"
    )
