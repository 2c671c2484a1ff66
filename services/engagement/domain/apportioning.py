"""Rounding in which what is shown adds up: the largest-remainder method (Hamilton's).

Amounts are shown in hundredths of a point.
"""

import math
from collections.abc import Sequence

UNITS = 100


def in_units(points: float) -> int:
    """The nearest whole number of hundredths."""
    return round(points * UNITS)


def apportion(parts: Sequence[float], whole: int) -> list[int]:
    """`parts` (points) in hundredths that add up to `whole`, which is what all of them come to or
    as near to it as rounding leaves it; nothing stays nothing.

    Where `whole` is their own sum, each is its amount rounded down or up.
    """
    exact = [part * UNITS for part in parts]
    shown = [math.floor(amount) for amount in exact]
    adjustable = [i for i, part in enumerate(parts) if part] or list(range(len(parts)))
    if not adjustable:
        return []
    each, more = divmod(whole - sum(shown), len(adjustable))
    adjustable.sort(key=lambda i: (shown[i] - exact[i], i))
    for place, i in enumerate(adjustable):
        shown[i] += each + (place < more)
    return shown
