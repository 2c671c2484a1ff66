"""Look for what speaks against a referral, with all that is known of both sides by now."""

from collections.abc import Collection
from dataclasses import dataclass

from services.events.domain.evidence import merged
from services.events.domain.identity import is_alias
from services.events.domain.referral import Finding, Referral
from services.events.domain.referred_order import Telling
from services.events.domain.suspicion import Side, counts_before, suspicions
from services.events.ports.buyers import Buyers
from services.events.ports.invitations import Invitations
from services.events.ports.referrals import Referrals
from services.events.use_cases.people import FindPeople
from shared.clock import Clock
from shared.programme.model import ReferralRules


@dataclass(frozen=True, slots=True)
class SuspectReferral:
    """Finds what `domain.suspicion` looks for."""

    invitations: Invitations
    referrals: Referrals
    buyers: Buyers
    people: FindPeople
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
        found = list(suspicions(referrer, referee, claims, self.rules, now))
        others = (await self.referrals.bound(names)).values()
        if any(counts_before(other, referral) for other in others):
            found.append(Finding("bound_elsewhere", now))
        return found

    async def first_purchases(self, referee: str) -> Collection[Telling]:
        """Under every name that they are known by: who has bought before is no referee. Raises
        Unavailable."""
        return (await self.buyers.first_purchases(await self.people.everything(referee))).values()

    async def _side(self, referrer: str) -> Side:
        """What was seen with the referrer, also as somebody else's referee."""
        names = await self.people.everything(referrer)
        own = await self.referrals.bound(names)
        traces = [trace for one in own.values() for trace in one.evidence]
        for name in names:
            invitation = None if is_alias(name) else await self.invitations.of(name)
            if invitation is not None:
                traces += invitation.traces
        return Side(names, merged(traces))
