"""How a consumer waits, gives up on records, and how much it takes at a time: plain values."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """Exponential backoff: `first` seconds, then twice as long each time, at most `longest`.

    `jitter` is the share of a wait that chance may take off, so that consumers that failed
    together don't come back together.
    """

    first: float = 0.1
    longest: float = 30.0
    jitter: float = 0.5

    def wait(self, failures: int, chance: float) -> float:
        """Seconds to wait after the `failures`-th failure in a row (1, 2, …).

        `chance` is a random number in [0, 1).
        """
        # 2**64 of anything is beyond `longest`, and no float overflows on the way.
        doubled = self.first * 2.0 ** min(failures - 1, 64)
        return min(doubled, self.longest) * (1 - self.jitter * chance)


@dataclass(frozen=True, slots=True)
class DeadLetterPolicy:
    """How many records of one partition in a row may be dead before the deployment is to blame."""

    max_in_a_row: int = 100


@dataclass(frozen=True, slots=True)
class ConsumerPolicy:
    """All the numbers of a consumer. Times are in seconds."""

    retry: RetryPolicy = field(default_factory=RetryPolicy)
    dead_letters: DeadLetterPolicy = field(default_factory=DeadLetterPolicy)
    batch_size: int = 500
    """Most records of one partition in hand; memory is bounded by it."""
    fetch_timeout: float = 1.0
    linger: float = 0.0
    """Rest after a fetch, so that what comes meanwhile is handled together: for what is not
    urgent, and leaves the process to what is."""
    longest_behind: float = 60.0
    """Who has fallen behind by more does not rest."""
    lag_interval: float = 5.0
    stalled_after: float = 60.0
    """Without progress for so long the consumer counts as ill."""
