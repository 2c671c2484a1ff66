"""How long thanks take, and what waits for them."""

from collections.abc import Callable
from dataclasses import dataclass

from services.notifier.ports.decisions import DecisionStore
from shared.clock import Clock, epoch_ms
from shared.programme.attention_rules import Objective

MOST = 10_000
"""Counting stops here: more than that is many."""


@dataclass(frozen=True, slots=True)
class Measure:
    """Counts what is unthanked for longer than the objective allows."""

    decisions: DecisionStore
    objective: Objective
    clock: Clock
    show: Callable[[float], None]

    async def __call__(self) -> bool:
        """One round. Raises Unavailable."""
        before = epoch_ms(self.clock.now() - self.objective.within)
        self.show(await self.decisions.unthanked_count(before, MOST))
        return False
