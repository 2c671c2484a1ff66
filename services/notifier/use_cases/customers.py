"""Keep what is known of customers, and let it count for what was held."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from services.notifier.domain.consent import together
from services.notifier.domain.customer import Standing
from services.notifier.domain.marks import Mark
from services.notifier.ports.customers import CaseChange, Told
from services.notifier.ports.stores import Stores
from shared.clock import Clock, epoch_ms

_PAUSES = frozenset(("promise", "refund"))


@dataclass(frozen=True, slots=True)
class KeepCustomers:
    """Customers change, and are erased. `wake` is called when held occasions can be decided;
    `suppress` sees to it that the addresses of an id are not used again."""

    stores: Stores
    clock: Clock
    wake: Callable[[], None]
    suppress: Callable[[str], Awaitable[None]]

    async def __call__(self, told: Sequence[Told]) -> None:
        """Take the newest record of each customer in, and the consents of all. Raises
        Unavailable."""
        if not told:
            return
        newest: dict[str, Told] = {}
        for one in told:
            known = newest.get(one.customer, one)
            latest = one if one.record.revision >= known.record.revision else known
            consents = together(known.consents, one.consents)
            newest[one.customer] = replace(latest, consents=consents)
        await self.stores.customers.put(list(newest.values()))
        # Also those that stand already: a crash may have come before what they hold was woken.
        await _wake(self.stores, self.clock, newest, self.wake)

    async def erase(self, customer: str) -> None:
        """First the addresses, while they are known. The sender removes what channels hold of the
        customer's messages. Repeatable; raises Unavailable."""
        await self.suppress(customer)
        await self.stores.customers.erase(customer)
        self.wake()


@dataclass(frozen=True, slots=True)
class KeepCases:
    """Which customers have an open case."""

    stores: Stores
    clock: Clock
    wake: Callable[[], None]

    async def __call__(self, changes: Sequence[CaseChange]) -> None:
        """Take the changes in, in order. Raises Unavailable."""
        if not changes:
            return
        await self.stores.customers.change_cases(changes)
        closed = {change.customer for change in changes if not change.is_open}
        await _wake(self.stores, self.clock, closed, self.wake)


@dataclass(frozen=True, slots=True)
class KeepStandings:
    """Which level, segments and circles customers are in: another rule may answer then."""

    stores: Stores
    clock: Clock
    wake: Callable[[], None]

    async def __call__(self, standings: Mapping[str, Standing]) -> None:
        """By customer. Raises Unavailable."""
        if not standings:
            return
        await self.stores.customers.stand(standings)
        await _wake(self.stores, self.clock, standings, self.wake)


@dataclass(frozen=True, slots=True)
class KeepMarks:
    """What went on with orders and acts. Only what ends a wait, or what is waited for, wakes."""

    stores: Stores
    clock: Clock
    wake: Callable[[], None]

    async def __call__(self, marks: Mapping[str, Sequence[Mark]]) -> None:
        """By customer. Raises Unavailable."""
        if not marks:
            return
        await self.stores.customers.mark(marks)
        ended = [customer for customer, several in marks.items() if any(map(_ends, several))]
        await _wake(self.stores, self.clock, ended, self.wake)


def _ends(mark: Mark) -> bool:
    return mark.closed is not None or mark.kind not in _PAUSES


async def _wake(
    stores: Stores, clock: Clock, customers: Collection[str], wake: Callable[[], None]
) -> None:
    if customers:
        await stores.decisions.wake(list(customers), epoch_ms(clock.now()))
        wake()
