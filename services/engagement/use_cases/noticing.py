"""Moments: announce those that were noticed, and look at whom time has brought one."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import tzinfo
from zoneinfo import ZoneInfo

from services.engagement.domain.moments import Observed, Rules, due
from services.engagement.domain.person import Person
from services.engagement.domain.profile import Profile
from services.engagement.ports.announcer import MomentAnnouncer
from services.engagement.ports.books import LiveBook
from services.engagement.ports.moments import MomentStore
from services.engagement.ports.people import PeopleStore
from shared.clock import Clock, epoch_ms

AT_ONCE = 200
LEASE_MS = 60_000


@dataclass(frozen=True, slots=True)
class AnnounceMoments:
    """Publish, then note that it is published: a crash in between publishes the same again."""

    moments: MomentStore
    announcer: MomentAnnouncer

    async def __call__(self) -> bool:
        """One round; whether there may be more to do. Raises Unavailable."""
        found = await self.moments.unannounced(AT_ONCE)
        if found:
            await self.announcer.occurred(found)
            await self.moments.mark_announced([moment.id for moment in found])
        return len(found) == AT_ONCE


@dataclass(frozen=True, slots=True)
class LookAtDue:
    """Looks at profiles that are due, of which any number of replicas take each other none.

    `zone` is the programme's, for customers whose own is not known. Of staff and who is blocked
    no moments are kept. `wake` is called where there may be some to announce. Nothing is looked at
    while `is_behind` says that many acts wait: a profile that is written to while they are scored
    makes their whole batch repeat, and they may make much of it due again.
    """

    moments: MomentStore
    people: PeopleStore
    books: LiveBook
    rules: Rules
    zone: tzinfo
    clock: Clock
    wake: Callable[[], None]
    is_behind: Callable[[], bool]

    async def __call__(self) -> bool:
        """One round; whether there may be more to do. Raises Unavailable."""
        if self.is_behind():
            return False
        now = epoch_ms(self.clock.now())
        profiles = await self.moments.take_due(now, now + LEASE_MS, AT_ONCE)
        if not profiles:
            return False
        formula = (await self.books.live()).formula
        people = await self.people.of([profile.customer for profile in profiles])

        def look(profile: Profile) -> Observed:
            person = people.get(profile.customer)
            observed = due(profile, formula, self.rules, now, self._zone_of(person))
            if person is not None and person.excluded:
                return replace(observed, moments=(), history=())
            return observed

        await self.moments.conclude([(profile, look(profile)) for profile in profiles])
        self.wake()
        return len(profiles) == AT_ONCE

    def _zone_of(self, person: Person | None) -> tzinfo:
        if person is None or person.time_zone is None:
            return self.zone
        try:
            return ZoneInfo(person.time_zone)
        except (ValueError, OSError, LookupError):  # It comes from elsewhere.
            return self.zone
