"""How often a key may ask: a token bucket a key, in the memory of one process."""

from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic

BURST_SECONDS = 2.0


@dataclass(slots=True)
class _Bucket:
    tokens: float
    at: float


class RateLimit:
    """`rate` requests a second, with bursts of what two seconds bring; 0 for no limit.

    Counts by process, so that a deployment of n replicas lets a key ask n times as often.
    """

    def __init__(self, rate: float = 0.0, clock: Callable[[], float] = monotonic) -> None:
        self.rate = rate
        self._clock = clock
        self._buckets: dict[str, _Bucket] = {}

    def take(self, key: str, rate: float | None = None) -> float:
        """Seconds after which `key` may ask again; 0 when it may now. `rate` overrides."""
        rate = self.rate if rate is None else rate
        if rate <= 0:
            return 0.0
        now = self._clock()
        burst = max(1.0, rate * BURST_SECONDS)
        bucket = self._buckets.get(key)
        if bucket is None:
            self._buckets[key] = _Bucket(burst - 1, now)
            return 0.0
        tokens = min(burst, bucket.tokens + (now - bucket.at) * rate)
        bucket.at = now
        bucket.tokens = tokens - 1 if tokens >= 1 else tokens
        return 0.0 if tokens >= 1 else (1 - tokens) / rate
