"""Whether a channel may be handed anything now: its rate, its provider's health, its switch."""

import math
from dataclasses import replace
from datetime import timedelta

import structlog

from services.notifier.domain.breaker import FAULTS, Breaker
from services.notifier.domain.delivery import Receipt
from services.notifier.ports.channel_states import ChannelState, ChannelStates
from shared.clock import from_epoch_ms
from shared.errors import Unavailable
from shared.token_bucket import TokenBucket

LOOK_AFTER = timedelta(seconds=5)
"""How soon a process learns that another, or somebody, has switched a channel."""
DISABLE_AFTER = timedelta(days=5)
"""Failing for so long, with nothing succeeding, it is off until somebody enables it."""

_MS = timedelta(milliseconds=1)

log = structlog.get_logger()


class Gatekeeper:
    """One for each channel in a process; all times are milliseconds since the epoch.

    What is known beyond this process (failing since, disabled since) is kept in `states`; `seed`
    is the process's own, so that not all of them try a provider at the same moment.
    """

    def __init__(
        self, name: str, states: ChannelStates, per_second: float = 0.0, seed: str = ""
    ) -> None:
        self.name = name
        self._states = states
        self._rate = per_second
        self._burst = max(1.0, per_second)
        self._bucket: TokenBucket | None = None
        self._begun = 0
        self._breaker = Breaker(f"{name} {seed}")
        self._known = ChannelState(name)
        self._looked_at: int | None = None

    async def room(self, now: int, wanted: int) -> int:
        """How many of `wanted` may be handed over now, which are taken as handed over. Raises
        Unavailable."""
        if (await self._state(now)).disabled_since is not None:
            return 0
        room = self._take(now, min(wanted, self._breaker.may_pass(now)))
        if room and self._breaker.resting:
            self._breaker = self._breaker.trying(now)
        return room

    def give_back(self, unused: int) -> None:
        """Nobody wanted so many of what `room` gave."""
        if unused <= 0:
            return
        self._breaker = self._breaker.untried()
        if self._bucket is not None:
            self._bucket.give_back(unused)

    def wait_ms(self, now: int) -> int:
        """When to ask for room again."""
        if self._known.disabled_since is not None:
            return LOOK_AFTER // _MS
        tokens = self._bucket.wait(self._rate) if self._bucket is not None else 0.0
        return max(self._breaker.wait(now), math.ceil(tokens * 1000))

    def resting_until(self, now: int) -> int | None:
        """When the provider is asked again; None if it is not left alone."""
        return self._breaker.until if self._breaker.wait(now) else None

    async def note(self, receipt: Receipt, now: int) -> None:
        """Learn from what came of an attempt. Never raises for a store that is away: it is told
        with the next receipt."""
        if receipt.fault == "message" and receipt.result == "uncertain":
            return
        if receipt.fault == "message":
            self._pass()
        else:
            self._fail(receipt, now)
        try:
            await self._keep(receipt, now)
        except Unavailable:
            log.warning("channel_state_not_kept", channel=self.name)

    def reopen(self) -> None:
        """Try at once, whatever was known: somebody says that it works again."""
        self._breaker, self._looked_at = self._breaker.passed(), None

    def _take(self, now: int, wanted: int) -> int:
        if self._rate <= 0:
            return wanted
        if self._bucket is None:
            self._bucket, self._begun = TokenBucket(self._burst, self._burst, 0.0), now
        return self._bucket.take(self._rate, (now - self._begun) / 1000, wanted)

    def _pass(self) -> None:
        if self._breaker.resting:
            log.info("channel_back", channel=self.name)
        self._breaker = self._breaker.passed()

    def _fail(self, receipt: Receipt, now: int) -> None:
        before, self._breaker = self._breaker, self._breaker.failed(now, receipt.after)
        if self._breaker.until is not None and self._breaker.rests > before.rests:
            until = from_epoch_ms(self._breaker.until).isoformat()
            log.warning("channel_resting", channel=self.name, code=receipt.code, until=until)

    async def _state(self, now: int) -> ChannelState:
        looked_at = self._looked_at
        if looked_at is None or not 0 <= now - looked_at < LOOK_AFTER // _MS:
            self._known = (await self._states.all()).get(self.name, ChannelState(self.name))
            self._looked_at = now
        return self._known

    async def _keep(self, receipt: Receipt, now: int) -> None:
        if self._changed(self._known, receipt, now) == self._known:
            return
        # What others have noted in the meantime counts, above all that it is disabled.
        self._looked_at = None
        changed = self._changed(await self._state(now), receipt, now)
        if changed == self._known:
            return
        await self._states.note(changed)
        if changed.disabled_since is not None and self._known.disabled_since is None:
            log.error("channel_disabled", channel=self.name, code=changed.code)
        self._known = changed

    def _changed(self, state: ChannelState, receipt: Receipt, now: int) -> ChannelState:
        if state.disabled_since is not None:
            return state
        if receipt.fault == "message":
            return ChannelState(self.name)
        since = now if state.failing_since is None else state.failing_since
        is_long = now - since >= DISABLE_AFTER // _MS and self._breaker.faults >= FAULTS
        disabled = now if receipt.gone or is_long else None
        # The first code stays, so that a long failure is not one write for each attempt.
        code = receipt.code if state.code is None or disabled is not None else state.code
        return replace(state, failing_since=since, disabled_since=disabled, code=code)
