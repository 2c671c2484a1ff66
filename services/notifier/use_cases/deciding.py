"""Decide about occasions as they come, and again about what was held."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from services.notifier.domain.attention import Attention
from services.notifier.domain.customer import Customer
from services.notifier.domain.decision import Decision
from services.notifier.domain.occasion import Occasion
from services.notifier.domain.planning import Plan, plan
from services.notifier.domain.policy import Policy
from services.notifier.ports.announcer import Announcer
from services.notifier.ports.stores import Stores
from services.notifier.use_cases.suppressed import WithSuppressed
from shared.clock import Clock, epoch_ms

DUE_AT_ONCE = 200
_NO_ATTENTION = Attention()

Waiting = Mapping[str, Sequence[Occasion]]
"""New occasions by customer; of one who only has held decisions there are none."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What would be written, and what it was concluded from, by the id asked for."""

    plans: Sequence[Plan]
    customers: Mapping[str, Customer]


@dataclass(frozen=True, slots=True)
class Written:
    """`plans` that were written. `conflicts` are the ids asked for of whom something has moved on
    meanwhile, so that nothing was written."""

    plans: Sequence[Plan]
    customers: Mapping[str, Customer]
    conflicts: Sequence[str]


@dataclass(frozen=True, slots=True)
class PlanForPeople:
    """Read what is known of people, plan, write: the one way by which decisions come about."""

    stores: Stores
    policy: Policy
    with_suppressed: WithSuppressed

    async def read(self, waiting: Waiting, now: int) -> Reading:
        """What would be decided at `now` (ms), by person; nothing for those who were erased."""
        found = await self.stores.customers.customers(list(waiting))
        people: dict[str, tuple[Customer, list[Occasion]]] = {}
        for asked, customer in found.items():
            if not customer.erased:
                people.setdefault(customer.id, (customer, []))[1].extend(waiting[asked])
        answering = [id for id, (_, occasions) in people.items() if self._may_answer(occasions)]
        known = await self.with_suppressed([people[id][0] for id in answering])
        plans = {
            id: plan(known.get(id, customer), (), occasions, self.policy, now)
            for id, (customer, occasions) in people.items()
        }
        # What is held matters only where it may go along; where nothing goes it stays as it is.
        going = [id for id in answering if plans[id].messages or not people[id][1]]
        held = await self.stores.decisions.held(going) if going else {}
        plans |= {
            id: plan(known[id], before, people[id][1], self.policy, now)
            for id, before in held.items()
            if before
        }
        return Reading(list(plans.values()), found)

    async def __call__(self, waiting: Waiting, now: int) -> Written:
        """Plan and write. Raises Unavailable."""
        reading = await self.read(waiting, now)
        moved_on = await self.stores.decisions.carry_out(reading.plans) if reading.plans else ()
        return Written(
            [one for one in reading.plans if one.customer not in moved_on],
            reading.customers,
            [asked for asked, who in reading.customers.items() if who.id in moved_on],
        )

    def _may_answer(self, occasions: Sequence[Occasion]) -> bool:
        return not occasions or any(map(self.policy.may_answer, occasions))


@dataclass(frozen=True, slots=True)
class DecideOccasions:
    """Decide once about each occasion and announce it, at least once, before returning.

    A batch that comes again after a crash finds its decisions and announces what stands. `wake`
    is called when something is ready to be sent.
    """

    stores: Stores
    plan_for_people: PlanForPeople
    announcer: Announcer
    clock: Clock
    wake: Callable[[], None]

    async def __call__(self, occasions: Sequence[Occasion]) -> None:
        """Raises Unavailable, to be called again with the same occasions."""
        if not occasions:
            return
        unique = {one.decision_id: one for one in occasions}
        known = await self.stores.decisions.known(unique)
        fresh = [one for id, one in unique.items() if id not in known]
        now = epoch_ms(self.clock.now())
        before, decided = await self._decide(fresh, now)
        standing = [*known.values(), *decided]
        gone = await self._catch_up(before, standing, now)
        await self.announcer.decided(
            [d for d in standing if d.occasion.customer and d.occasion.customer not in gone]
        )
        if any(decision.message_id for decision in decided):
            self.wake()

    async def _decide(
        self, fresh: Sequence[Occasion], now: int
    ) -> tuple[Mapping[str, Customer], Sequence[Decision]]:
        before: dict[str, Customer] = {}
        decided: list[Decision] = []
        waiting: dict[str, list[Occasion]] = {}
        for one in fresh:
            waiting.setdefault(one.customer, []).append(one)
        while waiting:
            written = await self.plan_for_people(waiting, now)
            before |= written.customers
            decided += [decision for one in written.plans for decision in one.new]
            waiting = {id: waiting[id] for id in written.conflicts}
            if waiting:
                waiting = await self._without_decided(waiting)
        return before, decided

    async def _without_decided(
        self, waiting: Mapping[str, list[Occasion]]
    ) -> dict[str, list[Occasion]]:
        """Another process may have had the same batch."""
        ids = [one.decision_id for several in waiting.values() for one in several]
        known = await self.stores.decisions.known(ids)
        left = {
            id: [one for one in several if one.decision_id not in known]
            for id, several in waiting.items()
        }
        return {id: several for id, several in left.items() if several}

    async def _catch_up(
        self, before: Mapping[str, Customer], standing: Sequence[Decision], now: int
    ) -> frozenset[str]:
        """What happened to a customer between reading them and writing a decision has not touched
        that decision: do it again, also for decisions whose process died before it could. Returns
        who was erased."""
        named = {d.occasion.customer for d in standing if d.occasion.customer}
        gone = frozenset(await self.stores.customers.erased(named | before.keys()))
        for id in gone:
            if id not in before or not before[id].erased:
                await self.stores.customers.erase(id)
        # Only what is held can still be decided otherwise.
        held = {d.occasion.customer for d in standing if d.verdict == "held"} - gone
        read = held & before.keys()
        after = await self.stores.customers.customers(list(read)) if read else {}
        changed = [id for id, now_is in after.items() if _outside(now_is) != _outside(before[id])]
        changed += held - read
        if changed:
            await self.stores.decisions.wake(changed, now)
        return gone


@dataclass(frozen=True, slots=True)
class DecideAgain:
    """Decide again about held occasions that were woken or whose time has come."""

    stores: Stores
    plan_for_people: PlanForPeople
    clock: Clock
    wake: Callable[[], None]

    async def __call__(self) -> bool:
        """One round; whether there may be more to do. Raises Unavailable."""
        now = epoch_ms(self.clock.now())
        due = await self.stores.decisions.due(now, DUE_AT_ONCE)
        if not due:
            return False
        written = await self.plan_for_people({id: () for id in due}, now)
        gone = [id for id, customer in written.customers.items() if customer.erased]
        for id in gone:
            # The process that should have cut it off died between writing and looking again.
            await self.stores.customers.erase(id)
        self.wake()
        return bool(gone) or any(one.changed for one in written.plans)


def _outside(customer: Customer) -> Customer:
    """What decisions themselves do not change."""
    return replace(customer, attention=_NO_ATTENTION, seen={}, suppressed={})
