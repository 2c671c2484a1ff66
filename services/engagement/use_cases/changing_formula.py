"""Another formula: proposed, compared, made live in one step, and taken back as easily."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import structlog

from services.engagement.ports.books import Book, BookStore, Shelf
from services.engagement.use_cases.rescoring import SLICE, Rescore
from shared.clock import Clock
from shared.errors import Conflict
from shared.programme.model import FormulaDocument

HOLD_SECONDS = 1.0
"""So long acts may have to wait while books are exchanged."""
FEW = SLICE
_LONGEST = timedelta(seconds=20)
_SECONDS_BETWEEN_TRIES = 0.01

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class ChangeFormula:
    """Every operation may be repeated: one that was carried out already changes nothing.

    `wake` says that there is a book to be built.
    """

    books: BookStore
    rescore: Rescore
    clock: Clock
    wake: Callable[[], None]

    async def note(self, programme: FormulaDocument) -> None:
        """Say so in the log where scores are not made by the programme's own formula."""
        live = (await self.books.shelf()).live.version
        if live != programme.version:
            way_out = "requite programme apply"
            log.warning("formula_differs", live=live, programme=programme.version, way_out=way_out)

    async def propose(
        self, document: FormulaDocument, *, replace: bool = False, announce: bool = False
    ) -> Shelf:
        """Begin a book by this formula. With `announce` customers are told of the levels that they
        reach once it is live.

        Another one that stands beside the live one, proposed or the one before, gives way to it
        only with `replace`, else Conflict. Nothing is begun for the formula that is live, or
        stands there.
        """
        shelf = await self.books.shelf()
        if shelf.live.version == document.version:
            return shelf
        beside = shelf.beside
        if beside is not None:
            same = beside.version == document.version and beside.announce == announce
            if same and shelf.state != "failed" and not replace:
                return shelf
            if shelf.state != "failed" and not replace:
                what = "is the one before" if shelf.state == "previous" else "was proposed"
                raise Conflict(f"formula {beside.version} {what}; replace it, or discard it first")
            await self.books.discard(beside.number)
        number = await self.books.begin(document, announce=announce)
        log.info("book_begun", book=number, formula=document.version)
        self.wake()
        return await self.books.shelf()

    async def switch(self, version: str | None = None) -> Shelf:
        """Make the book that was built the live one; `version` says which is meant.

        Raises Conflict where there is none, or acts come too fast to catch up with.
        """
        shelf = await self.books.shelf()
        if version is not None and shelf.live.version == version:
            return shelf
        if shelf.beside is None or shelf.state == "previous":
            raise Conflict("no other formula was proposed")
        _check_version(shelf.beside, version)
        if shelf.state == "failed":
            raise Conflict("the book of the other formula does not agree with the live one")
        if shelf.state != "built":
            raise Conflict("the book of the other formula is still being built")
        return await self._exchange(shelf.beside)

    async def revert(self, version: str | None = None) -> Shelf:
        """Make the book before the live one live again. Raises Conflict as `switch` does."""
        shelf = await self.books.shelf()
        if version is not None and shelf.live.version == version:
            return shelf
        if shelf.beside is None or shelf.state != "previous":
            raise Conflict("there is no formula to go back to")
        _check_version(shelf.beside, version)
        return await self._exchange(shelf.beside)

    async def discard(self) -> Shelf:
        """Drop the book beside the live one, whatever it is."""
        shelf = await self.books.shelf()
        if shelf.beside is None:
            return shelf
        await self.books.discard(shelf.beside.number)
        log.info("book_discarded", book=shelf.beside.number, formula=shelf.beside.version)
        return await self.books.shelf()

    async def _exchange(self, book: Book) -> Shelf:
        until = self.clock.now() + _LONGEST
        while self.clock.now() < until:
            if await self.rescore.follow() < FEW and await self._switched(book.number):
                log.info("book_switched", book=book.number, formula=book.version)
                return await self.books.shelf()
            await asyncio.sleep(_SECONDS_BETWEEN_TRIES)
        raise Conflict("customers change faster than the other book can follow; try again later")

    async def _switched(self, number: int) -> bool:
        token = await self.books.hold(HOLD_SECONDS)
        if token is None:
            return False
        try:
            while await self.rescore.follow():
                pass
            return await self.books.switch(token, number)
        finally:
            await self.books.release(token)


def _check_version(book: Book, version: str | None) -> None:
    if version is not None and book.version != version:
        raise Conflict(f"the formula beside the live one is {book.version}")
