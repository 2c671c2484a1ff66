"""What would be decided about an occasion now, and why, without deciding it."""

from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from typing import get_args

from services.notifier.domain.customer import Customer
from services.notifier.domain.decision import Decision
from services.notifier.domain.message import Text
from services.notifier.domain.occasion import Occasion
from services.notifier.domain.planning import Plan
from services.notifier.ports.decisions import DecisionStore
from services.notifier.ports.messages import Claim
from services.notifier.use_cases.deciding import PlanForPeople
from services.notifier.use_cases.writing import SalesTalk, Writer
from shared.clock import Clock, epoch_ms
from shared.contracts.engagement import MomentKind
from shared.errors import Invalid
from shared.programme.problems import did_you_mean
from shared.programme.samples import ANSWER
from shared.programme.templates import TemplateFailed

_MOMENTS = frozenset(get_args(MomentKind))


@dataclass(frozen=True, slots=True)
class Simulated:
    """`decision` is None for an erased customer; `stands` whether it was decided before, so that
    this is what was decided then. `together` are decisions that would change with it."""

    decision: Decision | None
    stands: bool
    together: tuple[Decision, ...] = ()
    text: Text | None = None


@dataclass(frozen=True, slots=True)
class Simulate:
    """Plans like everything else, and writes nothing."""

    decisions: DecisionStore
    plan_for_people: PlanForPeople
    writer: Writer
    acts: Collection[str]
    clock: Clock

    async def __call__(self, occasion: Occasion) -> Simulated:
        """Raises Invalid for what no programme could answer, Unavailable."""
        self._check(occasion)
        known = await self.decisions.known([occasion.decision_id])
        if known:
            return Simulated(known[occasion.decision_id], stands=True)
        now = epoch_ms(self.clock.now())
        reading = await self.plan_for_people.read({occasion.customer: [occasion]}, now)
        if not reading.plans:
            return Simulated(None, stands=False)
        plan, customer = reading.plans[0], reading.customers[occasion.customer]
        text = await self._text(plan, customer)
        return Simulated(plan.new[0], stands=False, together=plan.changed, text=text)

    def _check(self, occasion: Occasion) -> None:
        general = occasion.kind.partition(".")[0]
        if self.plan_for_people.policy.may_answer(occasion) or general in _MOMENTS:
            return
        if occasion.kind not in self.acts and occasion.kind != ANSWER:
            hint = did_you_mean(occasion.kind, {*self.acts, ANSWER, *_MOMENTS})
            raise Invalid(f"no act, moment or request of this programme.{hint}", "/on")

    async def _text(self, plan: Plan, customer: Customer) -> Text | None:
        """Of the message that the new occasion would be in; None if it can't be written."""
        decided = [one for one in (*plan.new, *plan.changed) if one.message_id]
        message = next((one for one in plan.messages if one.id == plan.new[0].message_id), None)
        if message is None:
            return None
        behind = [one for one in decided if one.message_id == message.id]
        behind.sort(key=lambda one: one.merged_into is not None)
        claim = Claim("", message, tuple(behind), customer)
        with suppress(TemplateFailed, LookupError, SalesTalk):
            return self.writer.write(claim, await self.writer.friends([claim]))
        return None
