"""How long to wait after a failure: exponential, with full jitter.

Many clients that failed at the same moment do not come back at the same moment (Brooker,
Exponential Backoff and Jitter, 2015).
"""

from collections.abc import Callable
from random import uniform

FIRST_SECONDS = 0.5
MOST_SECONDS = 60.0


class Backoff:
    """Counts failures in a row. `draw(a, b)` is a random number between its arguments."""

    def __init__(self, draw: Callable[[float, float], float] = uniform) -> None:
        self._draw = draw
        self._failures = 0

    def succeeded(self) -> None:
        """The next failure is a first one."""
        self._failures = 0

    def failed(self, at_least: float = 0.0) -> float:
        """Seconds to wait, not less than what the server asked for."""
        most = min(MOST_SECONDS, FIRST_SECONDS * 2**self._failures)
        self._failures = min(self._failures + 1, 30)
        return at_least + self._draw(0.0, most)
