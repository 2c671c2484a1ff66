"""Let the book beside the live one follow it, and compare the two."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal

import msgspec
import structlog

from services.engagement.domain.difference import Comparison, Standpoint
from services.engagement.domain.formula import Formula
from services.engagement.domain.rescoring import refold
from services.engagement.ports.books import Book, BookStore, FollowingBook, Pair
from services.engagement.ports.leases import LeaseStore
from shared.clock import Clock, epoch_ms
from shared.programme.thanks_rules import ThanksRule

SLICE = 100
"""Customers in one transaction, which an act of one of them may have to wait for."""
PAGE = 1000
LEASE_MS = 60_000

log = structlog.get_logger()


@dataclass(slots=True)
class Rescore:
    """Work of a Round: one small step at a time, on one replica at a time.

    The lease only spares effort: a customer is followed as they stood when their mark was read, or
    not at all. `thanks` are the rules that may thank for a level.
    """

    books: BookStore
    following: FollowingBook
    leases: LeaseStore
    clock: Clock
    ids: Callable[[], str]
    thanks: Sequence[ThanksRule] = ()
    _owner: str = field(init=False)
    _prepared: tuple[int, str] = (0, "")
    _comparison: "_Running | None" = None

    def __post_init__(self) -> None:
        self._owner = self.ids()

    async def __call__(self) -> bool:
        """Whether there may be more to do at once. Raises Unavailable."""
        shelf = await self.books.shelf()
        now = epoch_ms(self.clock.now())
        if not await self.leases.take("rescoring", self._owner, now, now + LEASE_MS):
            return False
        if shelf.beside is None:
            self._comparison = None
            await self.books.tidy()
            return False
        if shelf.state == "begun":
            return await self._prepare(shelf.beside.number)
        followed = await self.follow()
        if shelf.state == "building" and (followed < SLICE or self._compares(shelf.beside)):
            return await self._compare(shelf.live, shelf.beside)
        return followed == SLICE

    async def follow(self) -> int:
        """Follow one slice of customers; returns how many were stale."""
        stale = await self.following.stale(SLICE)
        shelf = await self.books.shelf()
        if stale is None or shelf.beside is None or shelf.beside.number != stale.beside:
            return 0
        formulas = await self._formulas(shelf.live, shelf.beside)
        refolded = await asyncio.to_thread(
            refold,
            stale.stamps.keys(),
            stale.entries,
            stale.profiles,
            stale.excluded,
            formulas,
            epoch_ms(self.clock.now()),
            announce=shelf.beside.announce and shelf.state != "previous",
        )
        await self.following.follow(stale, refolded)
        return len(stale.stamps)

    async def _formulas(self, live: Book, beside: Book) -> tuple[Formula, Formula]:
        return await self.books.formula(live.number), await self.books.formula(beside.number)

    async def _prepare(self, number: int) -> bool:
        after = self._prepared[1] if self._prepared[0] == number else ""
        onward = await self.following.prepare(number, after, PAGE)
        self._prepared = (number, onward or "")
        return True

    def _compares(self, book: Book) -> bool:
        return self._comparison is not None and self._comparison.number == book.number

    async def _compare(self, live: Book, beside: Book) -> bool:
        running = self._comparison
        if running is None or running.number != beside.number:
            formulas = await self._formulas(live, beside)
            comparison = Comparison(*formulas, self.thanks, epoch_ms(self.clock.now()))
            running = self._comparison = _Running(beside.number, comparison)
        pairs = await self.following.compare(running.after, PAGE)
        await asyncio.to_thread(_add, running.comparison, pairs)
        if pairs:
            running.after = pairs[-1].customer
            return True
        self._comparison = None
        difference = running.comparison.result()
        state: Literal["built", "failed"] = "failed" if difference.faults else "built"
        await self.books.conclude(beside.number, state, msgspec.json.encode(difference).decode())
        log.info("book_compared", book=beside.number, formula=beside.version, state=state)
        return True


@dataclass(slots=True)
class _Running:
    number: int
    comparison: Comparison
    after: str = ""


def _add(comparison: Comparison, pairs: Sequence[Pair]) -> None:
    for pair in pairs:
        comparison.add(Standpoint(pair.live, pair.beside, pair.peak, settled=not pair.stale))
