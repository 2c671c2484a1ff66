"""Where referrals are kept, and whose referee is whose."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from services.events.domain.referral import Referral

Position = tuple[datetime, str]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Of which referrers (None: of all), and whether only what waits for a person."""

    referrers: frozenset[str] | None = None
    flagged: bool = False


class Referrals(Protocol):
    """Referrals by id, each changed by one writer at a time. All raise Unavailable."""

    async def add(self, referral: Referral) -> Referral:
        """The one with this id that is there already, else this one."""

    async def get(self, referral_id: str) -> Referral | None: ...

    async def change(self, referral: Referral) -> bool:
        """Put it in the place of the same version, with a higher one; False if somebody else was
        faster or it is gone."""

    async def bind(self, subject: str, referral_id: str) -> str:
        """Bind a referee, if nobody has, and return the id of the referral they are bound to."""

    async def bound(self, subjects: Collection[str]) -> Mapping[str, Referral]:
        """The referral that each of these is bound to, of those that are bound."""

    async def page(self, wanted: Wanted, after: Position | None, limit: int) -> Sequence[Referral]:
        """Up to `limit` referrals after the given (opened_at, id), oldest first; times to the
        millisecond."""

    async def due(self, now: datetime, limit: int) -> Sequence[Referral]:
        """Up to `limit` referrals that somebody must look at, most urgent first."""

    async def claims_from(self, code: str, ip: str, since: datetime) -> int:
        """How many referees have registered through this code from this (hashed) address."""

    async def forget(self, subjects: Collection[str]) -> None:
        """Delete the referrals of these referrers; of referees leave only that there was one."""
