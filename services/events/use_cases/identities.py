"""Acts under the right person: aliases are resolved, or their acts wait until they can be."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice

import structlog
from msgspec.structs import replace

from services.events.domain.admission import check_customer_id
from services.events.domain.identity import By, Link, check_alias, is_alias
from services.events.domain.waiting import RETENTION
from services.events.ports.identities import Identities
from services.events.ports.topics import Acts
from services.events.ports.unclaimed import Unclaimed
from shared.clock import Clock
from shared.contracts.cloudevents import CloudEvent

AT_ONCE = 500
PAGES_A_ROUND = 20

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class ClaimActs:
    """Publish the acts that wait for aliases which lead to a customer by now.

    They leave the waiting room after that, so a crash publishes them twice at worst, and an act
    counts once by its (source, id).
    """

    identities: Identities
    unclaimed: Unclaimed
    acts: Acts

    async def __call__(self, aliases: Collection[str]) -> Mapping[str, str]:
        """Returns the customers of those aliases that have one. Raises Unavailable."""
        customers = await self.identities.resolve(aliases)
        for some in _chunks(customers):
            while waiting := await self.unclaimed.acts_of(some, AT_ONCE):
                await self.acts.publish([_under(customers, act) for act in waiting])
                await self.unclaimed.remove(waiting)
        return customers


@dataclass(frozen=True, slots=True)
class Identify:
    """Find out whose acts these are, and keep those of nobody known."""

    identities: Identities
    unclaimed: Unclaimed
    claim: ClaimActs
    clock: Clock

    async def __call__(self, acts: Sequence[CloudEvent]) -> tuple[Sequence[CloudEvent], int]:
        """The acts to publish, each under a customer's id, and how many wait for their alias.

        What waits is durable. Raises Unavailable.
        """
        if not any(":" in (act.subject or "") for act in acts):
            return acts, 0
        aliases = {act.subject for act in acts if act.subject and is_alias(act.subject)}
        customers = await self.identities.resolve(aliases)
        strange = aliases - customers.keys()
        unknown = [act for act in acts if act.subject in strange]
        if not unknown:
            return [_under(customers, act) for act in acts], 0
        await self.unclaimed.keep(unknown, self.clock.now())
        # Whoever has linked an alias since the first look may have claimed before this was kept.
        claimed = await self.claim({act.subject or "" for act in unknown})
        known = [_under(customers, act) for act in acts if act.subject not in strange]
        return known, sum(act.subject not in claimed for act in unknown)


@dataclass(frozen=True, slots=True)
class LinkAliases:
    """Say whom aliases stand for, and give that customer what has waited for them."""

    identities: Identities
    claim: ClaimActs
    clock: Clock

    async def __call__(
        self, links: Sequence[Link], by: By = "connector", *, move: bool = False
    ) -> Sequence[Link]:
        """Returns the links that are refused, by `domain.linking.plan`.

        Raises Invalid with a pointer into `links`; Unavailable, after which the same can be asked
        again.
        """
        for index, link in enumerate(links):
            check_alias(link.alias, f"/{index}/alias")
            check_customer_id(link.target, f"/{index}/target")
        refused = await self.identities.link(links, by, self.clock.now(), move=move)
        if refused:
            log.info("links_refused", links=len(refused), by=by)
        await self.claim_behind({link.alias for link in links})
        return refused

    async def claim_behind(self, aliases: Collection[str]) -> None:
        """Publish what waits for these, or for aliases that lead to these. Raises Unavailable."""
        if not aliases:
            return
        behind = await self.identities.leading_to(aliases)
        await self.claim({*aliases, *(link.alias for link in behind)})


@dataclass(slots=True)
class ClaimWaiting:
    """The round over all aliases with acts, a part at a time, for what a crash has left behind.

    Any number of replicas may go round. `told` is called with the number of acts that wait.
    """

    claim: ClaimActs
    clock: Clock
    told: Callable[[int], None]
    _after: str = field(default="", init=False)
    _pages: int = field(default=0, init=False)

    async def __call__(self) -> bool:
        """Look at one page; True while there are more in this part. Raises Unavailable."""
        unclaimed = self.claim.unclaimed
        if not self._after:
            await unclaimed.expire(self.clock.now() - RETENTION)
        aliases = await unclaimed.aliases(self._after, AT_ONCE)
        await self.claim(aliases)
        self._after = aliases[-1] if aliases else ""
        self._pages = (self._pages + 1) % PAGES_A_ROUND if aliases else 0
        self.told(await unclaimed.count())
        return self._pages > 0


def _under(customers: Mapping[str, str], act: CloudEvent) -> CloudEvent:
    customer = customers.get(act.subject or "")
    return act if customer is None else replace(act, subject=customer)


def _chunks(aliases: Mapping[str, str]) -> Iterator[list[str]]:
    left = iter(sorted(aliases))
    while some := list(islice(left, AT_ONCE)):
        yield some
