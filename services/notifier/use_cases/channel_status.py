"""How the channels are, and their switch."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import structlog

from services.notifier.ports.channel_states import ChannelState, ChannelStates
from services.notifier.use_cases.gatekeeping import Gatekeeper
from shared.clock import Clock, epoch_ms
from shared.programme.channel_rules import ChannelRules

State = Literal["ok", "failing", "resting", "disabled"]
BY_HAND = "by_hand"

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Status:
    """A channel as it is now; times are milliseconds since the epoch.

    `failing`: nothing has succeeded since the provider failed; `resting`: this process leaves it
    alone until then; `disabled`: it takes nothing, and messages wait. `code` is what the provider
    said, or BY_HAND.
    """

    name: str
    adapter: str
    state: State
    failing_since: int | None
    resting_until: int | None
    disabled_since: int | None
    code: str | None


def _nobody() -> None:
    """Nobody is to be woken."""


@dataclass(frozen=True, slots=True)
class ChannelStatus:
    """`rules` and `gates`, those of this process, are by channel; `wake` is called when messages
    that waited may go."""

    rules: Mapping[str, ChannelRules]
    gates: Mapping[str, Gatekeeper]
    states: ChannelStates
    clock: Clock
    wake: Callable[[], None] = field(default=_nobody)

    async def all(self) -> Sequence[Status]:
        """By name. Raises Unavailable."""
        known = await self.states.all()
        return [self._status(name, known.get(name)) for name in sorted(self.rules)]

    async def enable(self, name: str) -> Status:
        """Forget every failure, and try at once. Raises KeyError for an unknown one."""
        self.rules[name]
        state = ChannelState(name)
        await self.states.note(state)
        log.info("channel_enabled", channel=name)
        return self._switched(state)

    async def disable(self, name: str) -> Status:
        """Hand nothing over until it is enabled; since when stays if it was disabled before.
        Raises KeyError for an unknown one."""
        self.rules[name]
        state = (await self.states.all()).get(name, ChannelState(name))
        if state.disabled_since is None:
            now = epoch_ms(self.clock.now())
            state = ChannelState(name, state.failing_since, now, BY_HAND)
            await self.states.note(state)
            log.info("channel_disabled_by_hand", channel=name)
        return self._switched(state)

    def _switched(self, state: ChannelState) -> Status:
        if gate := self.gates.get(state.name):
            gate.reopen()
        self.wake()
        return self._status(state.name, state)

    def _status(self, name: str, known: ChannelState | None) -> Status:
        kept, gate = known or ChannelState(name), self.gates.get(name)
        until = gate.resting_until(epoch_ms(self.clock.now())) if gate else None
        return Status(
            name,
            self.rules[name].adapter,
            _state(kept, until),
            kept.failing_since,
            until,
            kept.disabled_since,
            kept.code,
        )


def _state(kept: ChannelState, resting_until: int | None) -> State:
    if kept.disabled_since is not None:
        return "disabled"
    if resting_until is not None:
        return "resting"
    return "ok" if kept.failing_since is None else "failing"
