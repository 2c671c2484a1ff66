"""Where it is kept which alias stands for whom."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from services.events.domain.identity import By, Link, Linked


class Identities(Protocol):
    """Links from aliases to customers, direct or over other aliases. All raise Unavailable."""

    async def resolve(self, aliases: Collection[str]) -> Mapping[str, str]:
        """The customer behind each alias that leads to one; one round trip for each step."""

    async def link(
        self, links: Sequence[Link], by: By, now: datetime, *, move: bool = False
    ) -> Sequence[Link]:
        """Make the links that `domain.linking.plan` allows, and return those that it refuses.

        Durable once this returns. What stands already stays as it is.
        """

    async def unlink(self, links: Collection[Link]) -> int:
        """Take back links that still lead to the target given; returns how many did."""

    async def get(self, aliases: Collection[str]) -> Sequence[Linked]:
        """The links of these aliases, those that there are."""

    async def leading_to(
        self, subjects: Collection[str], *, leaving_out: Sequence[str] = ()
    ) -> Sequence[Linked]:
        """Every link that leads to one of these ids or aliases, in at most five steps, over no
        alias that begins with one of `leaving_out`."""

    async def starting_with(self, prefix: str, limit: int) -> Sequence[Linked]:
        """Up to `limit` links whose alias begins so."""

    async def forget(self, subjects: Collection[str]) -> None:
        """Delete the links of these aliases, and those that lead straight to one of these."""
