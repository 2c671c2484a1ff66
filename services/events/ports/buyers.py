"""Who has bought before: an existing customer can't be referred."""

from collections.abc import Collection, Mapping
from typing import Protocol

from services.events.domain.referred_order import Telling


class Buyers(Protocol):
    """The first purchase of everybody. All raise Unavailable."""

    async def bought(self, purchases: Mapping[str, Telling]) -> None:
        """Keep each subject's purchase if it is earlier than what is known, or the first."""

    async def first_purchases(self, subjects: Collection[str]) -> Mapping[str, Telling]:
        """The earliest known, of those who have bought."""

    async def forget(self, subjects: Collection[str]) -> None:
        """Delete what is kept of these ids and aliases."""
