"""A customer's whole score over time, for as long as no act comes."""

import math
from collections.abc import Mapping

from services.engagement.domain.decay import DAY_MS, Decay
from services.engagement.domain.formula import Formula
from services.engagement.domain.links import LINK


class Curve:
    """The sum of what each of `sums` is worth; it falls, but for debts (sums below zero), which
    fade too. All times are ms since the epoch."""

    __slots__ = ("_formula", "_parts", "_sums")

    def __init__(self, sums: Mapping[str, float], formula: Formula) -> None:
        self._sums = sums
        self._formula = formula
        self._parts: list[tuple[float, Decay]] | None = None  # Most curves are never asked.

    def at(self, time: int) -> float:
        """The score at a time, never below zero."""
        if self._parts is None:
            self._parts = self._read()
        return max(0.0, math.fsum([decay.at(total, time) for total, decay in self._parts]))

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
        sums, decays = self._sums, self._formula.decays
        return [
            (total, decays[cell])
            for dimension, cells in self._formula.dimensions.items()
            if dimension != LINK
            for cell in cells
            if (total := sums.get(cell))
        ]
