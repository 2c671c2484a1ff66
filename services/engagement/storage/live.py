"""The live book, remembered for a moment; and changes that wait while books are exchanged."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import TypeVar

from services.engagement.domain.compiling import compile_formula
from services.engagement.domain.formula import Formula
from services.engagement.ports.books import Live
from shared.clock import Clock
from shared.programme.formula import read_formula

T = TypeVar("T")
FRESH = timedelta(milliseconds=500)
_SECONDS_BETWEEN_TRIES = 0.02


class OnHold(Exception):
    """Nothing may change in the live book for a moment, since another one is about to be live."""


async def when_let(change: Callable[[], Awaitable[T]], lift: Callable[[], Awaitable[None]]) -> T:
    """Do `change` again for as long as it raises OnHold; `lift` ends a hold that has run out."""
    while True:
        try:
            return await change()
        except OnHold:
            await lift()
            await asyncio.sleep(_SECONDS_BETWEEN_TRIES)


def formula_from(text: str) -> Formula:
    """The formula that the text of a document describes."""
    return compile_formula(read_formula(text))


class Formulas:
    """Formulas by the number of their book, which has the same for ever."""

    def __init__(self, read: Callable[[str], Formula] = formula_from) -> None:
        self._read = read
        self._known: dict[int, Formula] = {}

    def get(self, number: int) -> Formula | None:
        """None for one that was not read yet."""
        return self._known.get(number)

    def read(self, number: int, text: str) -> Formula:
        """Of the document with this `text`."""
        formula = self._known[number] = self._read(text)
        return formula


class CachedLive:
    """The live book as it was no longer than `FRESH` ago."""

    def __init__(self, load: Callable[[], Awaitable[Live]], clock: Clock) -> None:
        self._load = load
        self._clock = clock
        self._live: Live | None = None
        self._since = clock.now()

    async def get(self) -> Live:
        """Loads it where it is not known, or was too long ago."""
        now = self._clock.now()
        live = self._live
        if live is None or not timedelta() <= now - self._since < FRESH:
            live = self._live = await self._load()
            self._since = now
        return live

    def forget(self) -> None:
        """Load it the next time."""
        self._live = None
