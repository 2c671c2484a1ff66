"""One change of one referral, whoever else changes it at the same time."""

from collections.abc import Callable
from dataclasses import dataclass

from services.events.domain.referral import Referral
from services.events.domain.referral_course import advance
from services.events.ports.referrals import Referrals
from shared.clock import Clock
from shared.programme.model import ReferralRules

Change = Callable[[Referral], Referral]


@dataclass(frozen=True, slots=True)
class ChangeReferral:
    """Load, change, draw the conclusions, save; again if somebody else has saved in between."""

    referrals: Referrals
    rules: ReferralRules
    clock: Clock

    async def __call__(self, referral_id: str, change: Change) -> Referral | None:
        """The referral as it stands then; None if there is none. Raises Unavailable, and what
        `change` raises."""
        while True:
            before = await self.referrals.get(referral_id)
            if before is None or before.referee is None:  # Erased is for good.
                return before
            after = advance(change(before), self.rules, self.clock.now())
            if after == before or await self.referrals.change(after):
                return after
