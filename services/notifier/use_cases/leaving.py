"""Messages whose channel the programme has no more: nobody would ever send them."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import structlog

from services.notifier.domain.planning import reconsider
from services.notifier.domain.policy import Policy
from services.notifier.ports.messages import Claim, Finish, Retry
from services.notifier.ports.stores import Stores
from services.notifier.use_cases.leasing import LEASE
from services.notifier.use_cases.suppressed import WithSuppressed
from shared.clock import Clock, epoch_ms

AT_ONCE = 200
CHANNEL_GONE = "channel_gone"

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class LeaveChannels:
    """Decide anew about what waits for a channel that is gone. What was being handed over when the
    programme changed may have arrived: it is *unknown*, and is not repeated by another channel."""

    stores: Stores
    policy: Policy
    with_suppressed: WithSuppressed
    clock: Clock
    ids: Callable[[], str]
    wake: Callable[[], None]

    async def __call__(self) -> bool:
        """One round; whether there may be more to do. Raises Unavailable."""
        gone = set(await self.stores.messages.channels()) - self.policy.routes.keys()
        left = [await self._leave(channel) for channel in sorted(gone)]
        return any(left)

    async def _leave(self, channel: str) -> bool:
        now = self.clock.now()
        claimed = await self.stores.messages.claim(
            channel, self.ids(), epoch_ms(now), epoch_ms(now + LEASE), AT_ONCE
        )
        # What was erased is left to the senders, once the lease is over.
        claims = [claim for claim in claimed if claim.message.status != "erased"]
        known = await self.with_suppressed([claim.customer for claim in claims])
        for claim in claims:
            await self._decide(replace(claim, customer=known[claim.customer.id]))
        if claims:
            log.warning("channel_left", channel=channel, count=len(claims))
            self.wake()
        return bool(claims)

    async def _decide(self, claim: Claim) -> None:
        messages, now = self.stores.messages, epoch_ms(self.clock.now())
        if claim.message.status == "sending":
            await messages.finish([Finish(claim, "unknown", now, CHANNEL_GONE)])
            return
        plan = reconsider(claim.customer, claim.message, claim.decisions, self.policy, now)
        if not await messages.withdraw(claim, plan):
            await messages.retry([Retry(claim, now + 1000, None)])
