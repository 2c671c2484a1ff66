"""Keep what people decide about the members of circles, and let it follow merges."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

import msgspec

from services.engagement.domain.membership import Decision, difference, members, whole_up_to
from services.engagement.ports.memberships import MembershipStore
from services.engagement.ports.scores import ScoreReads
from shared.clock import Clock, epoch_ms
from shared.errors import Conflict, Invalid
from shared.programme.groups import Circle

_AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class KeepCircles:
    """A decision goes before the rule of its circle, and holds until there is another. `settled`,
    if given, is told of whom decisions may have changed something for."""

    memberships: MembershipStore
    scores: ScoreReads
    circles: Mapping[str, Circle]
    clock: Clock
    settled: Callable[[Collection[str]], Awaitable[None]] | None = None

    async def decide(self, circle: str, customer: str, *, member: bool) -> None:
        """Put in, or take out and keep out. Raises Conflict where the circle is by rule only, and
        Invalid for what can't be a customer's id."""
        if not self.circles[circle].by_hand:
            raise Conflict("who belongs to this circle is told by its rule alone")
        if not customer.isprintable():  # A store may take a text to end at a NUL.
            raise Invalid("not a customer's id", "/customer")
        survivors = await self.scores.survivors([customer])
        survivor, now = survivors.get(customer, customer), epoch_ms(self.clock.now())
        await self.memberships.decide([Decision(circle, customer, survivor, member, now)])
        await self._settle([survivor])

    async def follow(self, ids: Sequence[str]) -> None:
        """Let decisions count for whom these ids, which may have been merged or parted, stand."""
        if told := await self.memberships.decisions_told_of(ids):
            await self._settle(await self._readdress(told))

    async def follow_all(self) -> None:
        """The same for every decision; memberships are left to the refresh that comes next."""
        after: str | None = ""
        while after is not None:
            decisions = await self.memberships.decisions(after, None, _AT_ONCE)
            await self._readdress(decisions)
            after = whole_up_to(decisions, _AT_ONCE, None)

    async def forget(self, customer: str) -> None:
        """Nothing is left of an erased customer; see MembershipStore."""
        await self.memberships.forget([customer])

    async def _readdress(self, decisions: Sequence[Decision]) -> Collection[str]:
        """Returns everybody who gains or loses a decision."""
        origins = list({one.origin for one in decisions})
        survivors = await self.scores.survivors(origins) if origins else {}
        moved: list[Decision] = []
        touched: set[str] = set()
        for one in decisions:
            survivor = survivors.get(one.origin, one.origin)
            if survivor != one.customer:
                moved.append(msgspec.structs.replace(one, customer=survivor))
                touched |= {one.customer, survivor}
        if moved:
            await self.memberships.readdress(moved)
        return touched

    async def _settle(self, customers: Collection[str]) -> None:
        """Bring circles in line with the decisions about these; who is in by rule stays."""
        if not customers:
            return
        told = await self.memberships.decisions_told_of(list(customers))
        found = (await self.memberships.of(list(customers))).values()
        before = [one for several in found for one in several if one.group.kind == "circle"]
        ruled = [(one.group, one.customer) for one in before if one.by == "rule"]
        decided = [one for one in told if one.customer in customers and self._by_hand(one.circle)]
        after = members(ruled, decided, 0)  # Whoever is in by rule keeps the time that is kept.
        await self.memberships.change(difference(before, after))
        if self.settled is not None:
            await self.settled(customers)

    def _by_hand(self, circle: str) -> bool:
        return circle in self.circles and self.circles[circle].by_hand
