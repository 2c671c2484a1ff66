"""Look for what speaks against a referral, with all that is known of both sides by now."""

from dataclasses import dataclass

from services.events.domain.evidence import merged
from services.events.domain.referral import Finding, Referral
from services.events.domain.suspicion import Side, suspicions
from services.events.ports.invitations import Invitations
from services.events.ports.referrals import Referrals
from services.events.use_cases.knowing_people import KnowPeople
from shared.clock import Clock
from shared.programme.model import ReferralRules


@dataclass(frozen=True, slots=True)
class SuspectReferral:
    """Finds what `domain.suspicion` looks for."""

    invitations: Invitations
    referrals: Referrals
    people: KnowPeople
    rules: ReferralRules
    clock: Clock

    async def __call__(self, referral: Referral) -> list[Finding]:
        """Raises Unavailable."""
        if referral.referee is None:
            return []
        referrer = await self._side(referral.referrer)
        names = await self.people.everything(referral.referee)
        referee = Side(names, referral.evidence)
        now = self.clock.now()
        claims = 0
        if referral.ip is not None:
            since = now - self.rules.claims_per_ip.period
            claims = await self.referrals.claims_from(referral.code, referral.ip, since)
        return list(suspicions(referrer, referee, claims, self.rules, now))

    async def _side(self, referrer: str) -> Side:
        """What was seen with the referrer, also as somebody else's referee."""
        names = await self.people.everything(referrer)
        invitation = await self.invitations.of(referrer)
        own = await self.referrals.bound(names)
        traces = [trace for one in own.values() for trace in one.evidence]
        if invitation is not None:
            traces += invitation.traces
        return Side(names, merged(traces))
