"""Moments, and who has to be looked at."""

from collections.abc import Collection, Sequence
from typing import Protocol

from services.engagement.domain.moment import Moment
from services.engagement.domain.moments import Observed
from services.engagement.domain.profile import Profile
from services.engagement.domain.timeline import Place


class MomentStore(Protocol):
    """Moments by id, each kept once. Those that scoring brings are written by ScoreStore.apply, in
    its transaction; what becomes of those of an erased customer is up to CustomerStore."""

    async def keep(self, moments: Sequence[Moment]) -> None:
        """Take moments in, to be announced. One with an id that is known changes nothing, nor does
        one of a customer who is erased."""

    async def unannounced(self, most: int) -> Sequence[Moment]:
        """At most `most` that were not announced yet, the oldest first."""

    async def mark_announced(self, ids: Collection[str]) -> None:
        """These were announced."""

    async def of(
        self, customers: Collection[str], before: Place | None, most: int
    ) -> Sequence[Moment]:
        """At most `most` moments of these ids, newest first, from behind `before`, whose key is a
        moment's id."""

    async def take_due(self, now: int, until: int, most: int) -> Sequence[Profile]:
        """At most `most` profiles of the live book that are due at `now`; nobody else gets them
        before `until` (both ms)."""

    async def conclude(self, looked: Sequence[tuple[Profile, Observed]]) -> int:
        """In one transaction keep what was observed of profiles that were taken, and when they are
        due next. A profile that has changed since is left as it is, to be looked at again soon.
        Returns how many were concluded."""
