"""Decide about acts as they are scored, and again about what was held."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from services.notifier.domain.act import Act
from services.notifier.domain.customer import Customer
from services.notifier.domain.decision import Decision, decide
from services.notifier.domain.message import Message, message_for
from services.notifier.ports import Announcer, Stores
from shared.clock import Clock, epoch_ms
from shared.programme.model import ThanksRule

Rules = Mapping[str, ThanksRule]
"""Thank-you rules by the kind of act."""

HELD_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class DecideActs:
    """Decide once about each act and announce it, at least once, before returning.

    A batch that comes again after a crash finds its decisions and announces what stands. `wake`
    is called when something is ready to be sent.
    """

    stores: Stores
    rules: Rules
    announcer: Announcer
    clock: Clock
    wake: Callable[[], None]

    async def __call__(self, acts: Sequence[Act]) -> None:
        """Raises Unavailable, to be called again with the same acts."""
        if not acts:
            return
        unique = {act.decision_id: act for act in acts}
        ids = list({act.customer for act in unique.values()})
        before = await self.stores.customers.customers(ids)
        now = epoch_ms(self.clock.now())
        decided = [
            with_message(decision, self.rules)
            for act in unique.values()
            if (decision := decide(act, self.rules.get(act.kind), before[act.customer], now))
        ]
        if not decided:
            return
        standing = await self.stores.decisions.record(decided)
        after = await self._catch_up(before, standing, now)
        await self.announcer.decided(
            [d for d in standing if d.act.customer and not after[d.act.customer].erased]
        )
        if any(message is not None for _, message in decided):
            self.wake()

    async def _catch_up(
        self, before: Mapping[str, Customer], standing: Sequence[Decision], now: int
    ) -> Mapping[str, Customer]:
        """What happened to a customer between reading them and recording a decision has not
        touched that decision: do it again."""
        after = await self.stores.customers.customers(list(before))
        for id, customer in after.items():
            if customer.erased and not before[id].erased:
                await self.stores.customers.erase(id)
        held = {d.act.customer for d in standing if d.verdict == "held" and d.act.customer}
        changed = [id for id in held if after[id] != before[id]]
        if changed:
            await self.stores.decisions.wake(changed, now)
        return after


@dataclass(frozen=True, slots=True)
class DecideAgain:
    """Decide again about held acts that were woken or whose time is over."""

    stores: Stores
    rules: Rules
    clock: Clock
    wake: Callable[[], None]

    async def __call__(self) -> bool:
        """One round; whether there may be more to do. Raises Unavailable."""
        now = epoch_ms(self.clock.now())
        held = await self.stores.decisions.due(now, HELD_AT_ONCE)
        if not held:
            return False
        customers = await self.stores.customers.customers(list({d.act.customer for d in held}))
        settled = [
            with_message(decision, self.rules)
            for old in held
            if (decision := self._again(old, customers[old.act.customer], now))
        ]
        await self.stores.decisions.settle(settled)
        self.wake()
        return len(held) == HELD_AT_ONCE

    def _again(self, old: Decision, customer: Customer, now: int) -> Decision | None:
        # None for an erased customer, whose decisions the erasure itself takes care of.
        new = decide(old.act, self.rules.get(old.act.kind), customer, now)
        return None if new is None else follow(old, new)


def follow(old: Decision, new: Decision) -> Decision:
    """`new` in the place of `old`, to be announced if it says something else."""
    if (old.verdict, old.reason) == (new.verdict, new.reason):
        return replace(old, due=new.due, held_until=new.held_until)
    return replace(new, announced=False, revision=old.revision)


def with_message(decision: Decision, rules: Rules) -> tuple[Decision, Message | None]:
    """A decision and the message that it asks for."""
    if decision.verdict != "thanked":
        return decision, None
    return decision, message_for(decision, rules[decision.act.kind].channels[0])
