"""A token bucket: how often something may happen, with bursts. Pure but for its own count."""

from dataclasses import dataclass

_ROUNDING = 1e-7
"""So that who waits as told is not a hair's breadth too early."""


@dataclass(slots=True)
class TokenBucket:
    """Holds at most `burst` tokens; `at` (seconds) is when it was last looked at."""

    burst: float
    tokens: float
    at: float

    def take(self, rate: float, now: float, wanted: int = 1) -> int:
        """As many of `wanted` as there are whole tokens, of which `rate` a second come in."""
        self.tokens = min(self.burst, self.tokens + max(0.0, now - self.at) * rate)
        self.at = now
        taken = min(wanted, int(self.tokens + _ROUNDING))
        self.tokens -= taken
        return taken

    def wait(self, rate: float) -> float:
        """Seconds from `at` until there is a whole token."""
        return max(0.0, (1 - self.tokens) / rate)

    def give_back(self, number: int) -> None:
        """Tokens that were not needed."""
        self.tokens = min(self.burst, self.tokens + number)
