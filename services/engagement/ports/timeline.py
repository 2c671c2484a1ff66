"""What happened between customers and us besides their acts and moments."""

from collections.abc import Collection, Sequence
from typing import Protocol

from services.engagement.domain.timeline import Item, ItemKind, Place


class TimelineStore(Protocol):
    """Items stay with the id that they were told of; who asks names all ids of the person."""

    async def add(self, items: Sequence[Item]) -> None:
        """Take items in. One with a key that is known changes nothing; one of an erased customer
        is dropped, also when the erasure happens at the same time."""

    async def find(self, key: str) -> Item | None:
        """The item with this key."""

    async def recent(
        self,
        customers: Collection[str],
        kinds: Collection[ItemKind],
        before: Place | None,
        most: int,
    ) -> Sequence[Item]:
        """At most `most` items of these kinds, newest first, from behind `before`."""

    async def remove(self, key: str, customers: Collection[str]) -> bool:
        """Delete the item if it is one of these customers'; False if it is not."""

    async def forget(self, customers: Collection[str]) -> None:
        """Delete all items of these customers."""
