"""How often a key may ask: a token bucket a key, in the memory of one process."""

from collections.abc import Callable
from time import monotonic

from shared.token_bucket import TokenBucket

BURST_SECONDS = 2.0


class RateLimit:
    """`rate` requests a second, with bursts of what two seconds bring; 0 for no limit.

    Counts by process, so that a deployment of n replicas lets a key ask n times as often.
    """

    def __init__(self, rate: float = 0.0, clock: Callable[[], float] = monotonic) -> None:
        self.rate = rate
        self._clock = clock
        self._buckets: dict[str, TokenBucket] = {}

    def take(self, key: str, rate: float | None = None) -> float:
        """Seconds after which `key` may ask again; 0 when it may now. `rate` overrides."""
        rate = self.rate if rate is None else rate
        if rate <= 0:
            return 0.0
        now = self._clock()
        bucket = self._buckets.get(key)
        if bucket is None:
            burst = max(1.0, rate * BURST_SECONDS)
            bucket = self._buckets[key] = TokenBucket(burst, burst, now)
        return 0.0 if bucket.take(rate, now) else bucket.wait(rate)
