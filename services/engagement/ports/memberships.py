"""Who belongs to segments and circles."""

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from services.engagement.domain.membership import Decision, Difference, Group, Membership


class MembershipReads(Protocol):
    """What can be asked; customers are those whom acts count for, never ids that were merged."""

    async def of(self, customers: Sequence[str]) -> Mapping[str, Sequence[Membership]]:
        """Of those customers that belong to anything, in the order of kind and name."""

    async def segments_of(self, customers: Sequence[str]) -> Mapping[str, tuple[str, ...]]:
        """Names of the segments of those that are in any, in order: one read of one index."""

    async def members(self, group: Group, after: str, most: int) -> Sequence[Membership]:
        """At most `most` members in the order of their ids, from behind `after`."""

    async def counts(self) -> Mapping[Group, int]:
        """How many members each group has that has any: one small read."""


class MembershipStore(MembershipReads, Protocol):
    """Memberships, which follow from rules and decisions; and the decisions themselves."""

    async def between(self, after: str, until: str | None, most: int) -> Sequence[Membership]:
        """At most `most` memberships by customer, of ids in (`after`, `until`]; None: no end."""

    async def change(self, difference: Difference) -> None:
        """Write what differs, with the counts. Repeating it changes nothing."""

    async def retire(self, kept: Collection[Group]) -> None:
        """Drop the memberships of all groups but these."""

    async def decide(self, decisions: Sequence[Decision]) -> None:
        """Keep decisions; a later one of the same circle and origin replaces the one before, an
        earlier one does nothing."""

    async def decisions(self, after: str, until: str | None, most: int) -> Sequence[Decision]:
        """At most `most` by customer, of ids in (`after`, `until`]; None: no end."""

    async def decisions_told_of(self, ids: Sequence[str]) -> Sequence[Decision]:
        """Those whose origin, or whom they count for, is one of `ids`."""

    async def readdress(self, decisions: Sequence[Decision]) -> None:
        """Let decisions that are kept, by circle and origin, count for their `customer` now."""

    async def forget(self, customers: Sequence[str]) -> None:
        """Delete everything that was told of these ids, or counts for them. Who still has a profile
        comes back by rule; ids that were merged into these are told of on their own."""
