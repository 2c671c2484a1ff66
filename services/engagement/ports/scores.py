"""Positions, ledger and profiles."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from services.engagement.domain.act import Act
from services.engagement.domain.formula import Formula
from services.engagement.domain.ledger import Entry
from services.engagement.domain.profile import Profile
from services.engagement.domain.scoring import Known, Scored
from services.engagement.domain.timeline import Place


@dataclass(frozen=True, slots=True)
class Advance:
    """A move of this consumer's position in one partition from `expected` to `next`."""

    topic: str
    partition: int
    expected: int | None
    next: int


@dataclass(frozen=True, slots=True)
class MoneyTotal:
    """Whole ten-thousandths of a currency over all customers."""

    currency: str
    gross: int
    refunded: int


@dataclass(frozen=True, slots=True)
class Totals:
    """What the whole programme adds up to; erased customers are no longer part of it."""

    customers: int
    acts: Mapping[str, int]
    money: Sequence[MoneyTotal]


Decide = Callable[[Known, Formula], Scored]
"""What acts earn by a formula, given what is known of them."""


class ScoreReads(Protocol):
    """What can be asked of the scores of the live book."""

    async def profiles(self, customers: Sequence[str]) -> Mapping[str, Profile]:
        """Profiles of those customers that have one."""

    async def heaviest(self, customers: Sequence[str], most: int) -> Mapping[str, Sequence[Entry]]:
        """For each customer, of each dimension, the `most` entries that count most.

        Entries of one dimension share a half-life, so their order does not change with time.
        """

    async def entries(self, customers: Sequence[str]) -> Sequence[Entry]:
        """All entries that count for these customers, in no order."""

    async def recent(self, customer: str, before: Place | None, most: int) -> Sequence[Entry]:
        """At most `most` entries that count for the customer, the newest first by time, then key,
        from behind `before`."""

    async def who_did(
        self, customers: Sequence[str], kind: str, since: int, until: int
    ) -> Collection[str]:
        """Those of the customers of whom an act of this kind was told at a time (ms) from `since`
        to before `until`."""

    async def scan(self, after: str, most: int) -> Sequence[Profile]:
        """At most `most` profiles in the order of their customers' ids, from behind `after`."""

    async def survivors(self, customers: Sequence[str]) -> Mapping[str, str]:
        """For those ids that were merged into another, whom their acts count for."""

    async def family(self, customer: str) -> Collection[str]:
        """All ids of the same person, the customer's own included."""

    async def totals(self) -> Totals:
        """Sums over all profiles."""


class ScoreStore(ScoreReads, Protocol):
    """Positions, ledger and profiles, changed together or not at all."""

    async def position(self, topic: str, partition: int) -> int | None:
        """The position that `apply` last left; None before the first."""

    async def apply(self, advance: Advance, acts: Sequence[Act], decide: Decide) -> Sequence[Entry]:
        """In one transaction: move the position, read what is known of `acts`, write the entries
        that `decide` makes of it by the live book's formula and add to the profiles what they
        change. Waits while books are exchanged, which takes less than a second.

        Returns the ledger's entries of all `acts`, those written earlier included. `decide` may
        be called more than once. Raises Conflict when the position is not the expected one;
        Unavailable when it is not known whether the transaction was committed.
        """

    async def ping(self) -> None:
        """Raise Unavailable if the store can't be reached."""
