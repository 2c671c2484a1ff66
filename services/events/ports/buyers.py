"""Who has bought before: an existing customer can't be referred."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Protocol

from services.events.domain.referred_order import Telling


class Buyers(Protocol):
    """The first purchase of everybody. All raise Unavailable."""

    async def bought(self, purchases: Mapping[str, Telling]) -> None:
        """Keep each subject's purchase if it is earlier than what is known, or the first."""

    async def bought_by(self, times: Mapping[str, datetime]) -> frozenset[str]:
        """Those of these subjects who are known to have bought by the time given, to the
        millisecond: a purchase of theirs from then is not their first."""

    async def first_purchases(self, subjects: Collection[str]) -> Mapping[str, Telling]:
        """The earliest known, of those who have bought."""

    async def forget(self, subjects: Collection[str]) -> None:
        """Delete what is kept of these ids and aliases."""
