"""Forward decay (Cormode, Shkapenyuk, Srivastava, Xu: Forward Decay, ICDE 2009).

A sum keeps points as of a fixed landmark in the past: A = sum of points * 2^((t - L) / H). What it
is worth at a time is A * 2^(-(time - L) / H). Adding is commutative, so late, early and shuffled
acts give the same sum, and no job has to touch a sum that did not change.
"""

import math
from dataclasses import dataclass

DAY_MS = 86_400_000
_LARGEST_EXPONENT = 960  # float64 overflows at 2^1024


@dataclass(frozen=True, slots=True)
class Decay:
    """`landmark` in ms since the epoch, `half_life` in ms."""

    landmark: int
    half_life: int

    def to_landmark(self, points: float, time: int) -> float:
        """What `points` earned at `time` (ms) add to the sum. Raises OverflowError when `time`
        lies so many half-lives after the landmark that float64 can't hold the sum."""
        exponent = (time - self.landmark) / self.half_life
        if exponent > _LARGEST_EXPONENT:
            raise OverflowError("the landmark lies too many half-lives back")
        return points * math.exp2(exponent)

    def at(self, total: float, time: int) -> float:
        """What the sum `total` is worth at `time` (ms). So many half-lives before the landmark that
        float64 can't hold it, it is no more than that allows."""
        return total * _growth((self.landmark - time) / self.half_life)

    def aged(self, points: float, since: int, time: int) -> float:
        """What `points` earned at `since` are worth at `time` (both ms); bounded as `at` is."""
        return points * _growth((since - time) / self.half_life)

    def reaching(self, time: int) -> "Decay":
        """The same with a landmark not later than `time` (ms), which sums as of then need: with
        many half-lives in between they would be too small to be told from nothing."""
        return self if self.landmark <= time else Decay(time, self.half_life)


def _growth(half_lives: float) -> float:
    return math.exp2(min(half_lives, _LARGEST_EXPONENT))
