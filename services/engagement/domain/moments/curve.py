"""A customer's whole score over time, for as long as no act comes."""

import math
from collections.abc import Iterator, Mapping

from services.engagement.domain.decay import DAY_MS, Decay
from services.engagement.domain.formula import Formula
from services.engagement.domain.links import LINK


class Standing:
    """What sums are worth at one time (ms): what each cell's sum is multiplied with by then is
    found out once for all customers."""

    __slots__ = ("_factors",)

    def __init__(self, formula: Formula, time: int) -> None:
        self._factors = [(cell, formula.decays[cell].at(1.0, time)) for cell in counting(formula)]

    def of(self, sums: Mapping[str, float], more: Mapping[str, float]) -> float:
        """The score of sums to which `more` was added, never below zero."""
        get, add = sums.get, more.get
        worth = [factor * (get(cell, 0.0) + add(cell, 0.0)) for cell, factor in self._factors]
        return max(0.0, math.fsum(worth))


def counting(formula: Formula) -> Iterator[str]:
    """The cells that are part of the score."""
    for dimension, cells in formula.dimensions.items():
        if dimension != LINK:
            yield from cells


class Curve:
    """The sum of what each of `sums`, with `more` added, is worth; it falls, but for debts (sums
    below zero), which fade too. All times are ms since the epoch."""

    __slots__ = ("_formula", "_more", "_parts", "_sums")

    def __init__(
        self, sums: Mapping[str, float], formula: Formula, more: Mapping[str, float] | None = None
    ) -> None:
        self._sums = sums
        self._more: Mapping[str, float] = more or {}
        self._formula = formula
        self._parts: list[tuple[float, Decay]] | None = None  # Most curves are never asked.

    def at(self, time: int) -> float:
        """The score at a time, never below zero."""
        if self._parts is None:
            self._parts = self._read()
        return max(0.0, math.fsum([decay.at(total, time) for total, decay in self._parts]))

    @property
    def only_falls(self) -> bool:
        """Whether there are no debts."""
        if self._parts is None:
            self._parts = self._read()
        return all(total > 0 for total, _ in self._parts)

    def falls_below(self, points: float, since: int) -> int:
        """When the score, from `since` on, is below `points`, which are more than 0.

        Found by bisection, to the millisecond. Where there are debts the score may be below for a
        while before, and rise again.
        """
        if self.at(since) < points:
            return since
        step = DAY_MS
        while self.at(since + step) >= points:
            step *= 2
        above, below = since, since + step
        while below - above > 1:
            middle = (above + below) // 2
            if self.at(middle) < points:
                below = middle
            else:
                above = middle
        return below

    def _read(self) -> list[tuple[float, Decay]]:
        sums, more, decays = self._sums, self._more, self._formula.decays
        return [
            (total, decays[cell])
            for cell in counting(self._formula)
            if (total := sums.get(cell, 0.0) + more.get(cell, 0.0))
        ]
