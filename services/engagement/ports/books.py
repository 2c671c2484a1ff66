"""Books: generations of ledger and profiles, each under one formula.

One book is live: what is scored goes into it, and answers come from it. At most one stands beside
it, which follows the live one under a formula of its own: being built, or the one before.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from services.engagement.domain.formula import Formula
from services.engagement.domain.ledger import Entry
from services.engagement.domain.profile import Profile
from services.engagement.domain.rescoring import Refolded
from shared.programme.model import FormulaDocument

State = Literal["begun", "building", "built", "failed", "previous"]
"""Of the book beside the live one: not all customers are known to it; some are yet to follow; it
was compared and is sound; it is not; it was live before."""


@dataclass(frozen=True, slots=True)
class Live:
    """The live book's number and formula, and the number of the one beside it, if there is one."""

    number: int
    formula: Formula
    beside: int | None = None


@dataclass(frozen=True, slots=True)
class Book:
    """A book as it is kept: `version` is its formula's, `created` and `switched` (when it was made
    live last) are ms since the epoch, `report` what comparing it has brought, as JSON.

    With `announce` customers are told of levels that they reach by it.
    """

    number: int
    version: str
    document: str
    created: int
    switched: int | None = None
    announce: bool = False
    report: str | None = None


@dataclass(frozen=True, slots=True)
class Shelf:
    """All books; `left` is how many customers the one beside has yet to follow."""

    live: Book
    beside: Book | None = None
    state: State | None = None
    left: int = 0


@dataclass(frozen=True, slots=True)
class Stale:
    """Customers whom the book `beside` has yet to follow, each with the stamp of their last
    change, and what the live book holds of them: entries, profiles, and who earns nothing."""

    beside: int
    stamps: Mapping[str, int]
    entries: Sequence[Entry]
    profiles: Mapping[str, Profile]
    excluded: Collection[str]


@dataclass(frozen=True, slots=True)
class Pair:
    """A customer in the live book and in the one beside; `stale` where that has yet to follow.
    `peak` is the highest score of their first year, by the formula of the book beside."""

    customer: str
    live: Profile | None
    beside: Profile | None
    peak: float | None
    stale: bool


class LiveBook(Protocol):
    """Which book is live."""

    async def live(self) -> Live:
        """As it was no longer than a second ago; the same that reads of other stores go by."""


class BookStore(LiveBook, Protocol):
    """The books. A number is never used again."""

    async def open(self, document: FormulaDocument) -> None:
        """Make the first book, live and of this formula, where there is none.

        A ledger that is older than books gives it the version that it was scored by, which says
        that what the formula has learnt since is yet to be applied to it.
        """

    async def shelf(self) -> Shelf:
        """Which books there are, now."""

    async def formula(self, number: int) -> Formula:
        """Of a book that there is. Raises Unavailable where there is none any more."""

    async def begin(self, document: FormulaDocument, *, announce: bool) -> int:
        """Put a new book beside the live one. Raises Conflict where one stands there."""

    async def discard(self, number: int) -> None:
        """Take away the book beside the live one, if it is still this one."""

    async def tidy(self) -> None:
        """Drop what is left of books that were taken away a while ago."""

    async def conclude(self, number: int, state: Literal["built", "failed"], report: str) -> None:
        """Keep what comparing the book has brought, if it is still building."""

    async def hold(self, seconds: float) -> str | None:
        """Once this returns nobody changes the live book until `release` with the token that is
        returned, or until `seconds` have gone by and somebody waits; None if it is held already."""

    async def switch(self, token: str, number: int) -> bool:
        """Make the book beside, if it is this one, the live one, and the other way round, and end
        the hold; False if the hold has been lifted or somebody is stale."""

    async def release(self, token: str) -> None:
        """End a hold if it still is this one."""


class FollowingBook(Protocol):
    """The book beside the live one, as it comes to hold the same acts.

    Whatever changes a customer of the live book, in whichever process, makes them stale in the
    book beside in the same transaction.
    """

    async def prepare(self, number: int, after: str, most: int) -> str | None:
        """Make all customers stale in the begun book, and give it the entries of erased ones, at
        most `most` at once from behind `after`, which is "" at first; returns where to go on, None
        when all is done and the book is building. It may be begun again."""

    async def stale(self, most: int) -> Stale | None:
        """At most `most` of those whom the book beside has yet to follow; None if there are none,
        or no such book, or it is only begun."""

    async def follow(self, stale: Stale, refolded: Mapping[str, Refolded]) -> None:
        """Let the book beside hold this of the customers, in one transaction, but for those who
        have changed since they were read, who stay stale."""

    async def compare(self, after: str, most: int) -> Sequence[Pair]:
        """At most `most` customers from behind `after` in the order of their ids, as both books
        hold them at one time. Empty without a second book."""
