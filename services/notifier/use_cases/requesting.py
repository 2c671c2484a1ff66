"""The shop asks for a message: an occasion like any other, so caps and pauses hold for it too."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from services.notifier.domain.decision import Decision
from services.notifier.domain.occasion import Occasion, decision_id
from services.notifier.ports.decisions import DecisionStore
from services.notifier.use_cases.deciding import DecideOccasions
from shared.clock import Clock, epoch_ms
from shared.contracts.engagement import ActRef
from shared.contracts.messages import REQUESTED
from shared.errors import Invalid
from shared.programme.problems import did_you_mean
from shared.programme.thanks_rules import REQUEST, ThanksRule

SOURCE = "/requite/notifier/requests"


@dataclass(frozen=True, slots=True)
class Request:
    """`id` is the shop's own: the same one never makes a second message."""

    id: str
    customer: str
    rule: str
    data: Mapping[str, Any]
    trace: str | None = None


@dataclass(frozen=True, slots=True)
class AskForMessages:
    """`rules` are by name; only those with `on: request` can be asked for."""

    decisions: DecisionStore
    decide: DecideOccasions
    rules: Mapping[str, ThanksRule]
    clock: Clock

    def occasion(self, request: Request) -> Occasion:
        """What is decided about. Raises Invalid for a rule that can't be asked for."""
        askable = [rule.name for rule in self.rules.values() if rule.on == REQUEST]
        if request.rule not in askable:
            hint = did_you_mean(request.rule, askable)
            raise Invalid(f"no rule of the programme that says on: request.{hint}", "/rule")
        now, order = self.clock.now(), request.data.get("order_id")
        return Occasion(
            ref=ActRef(source=SOURCE, id=request.id, type=REQUESTED, time=now.isoformat()),
            customer=request.customer,
            kind=f"{REQUEST}.{request.rule}",
            time=epoch_ms(now),
            data=msgspec.json.encode(request.data),
            trace=request.trace,
            order=order if isinstance(order, str) else None,
        )

    async def __call__(self, request: Request) -> Decision | None:
        """The decision as it stands; None for an erased customer. Raises Invalid, Unavailable."""
        await self.decide([self.occasion(request)])
        id = decision_id(SOURCE, request.id)
        return (await self.decisions.known([id])).get(id)
