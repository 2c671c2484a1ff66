"""A circuit breaker: a provider that is away is left alone, and asked now and then."""

from dataclasses import dataclass, replace
from datetime import timedelta

from services.notifier.domain.delivery import jittered

FAULTS = 5
SHORTEST, LONGEST = timedelta(seconds=10), timedelta(minutes=5)
TRIAL = timedelta(seconds=30)
"""How long the outcome of the one that was let through is awaited."""
UNLIMITED = 1_000_000

_MS = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class Breaker:
    """Closed at first. `faults` of the provider in a row, FAULTS of them, open it for a rest; after
    that one message may try, which closes it or opens it for twice as long.

    `seed` sets how much longer a rest is than another's, `rests` counts those since anything
    succeeded, `until` (ms) is the end of the rest, or of waiting for `trial`.
    """

    seed: str
    faults: int = 0
    rests: int = 0
    until: int | None = None
    trial: bool = False

    def may_pass(self, now: int) -> int:
        """How many messages may be handed over at `now` (ms)."""
        if self.until is None:
            return UNLIMITED
        return 1 if now >= self.until else 0

    def wait(self, now: int) -> int:
        """Milliseconds until any may pass."""
        return 0 if self.until is None else max(0, self.until - now)

    @property
    def resting(self) -> bool:
        """Whether it is open: nothing succeeded since the provider failed."""
        return self.until is not None

    def trying(self, now: int) -> "Breaker":
        """One has been let through after a rest. Should nothing be heard of it, another may try."""
        return replace(self, until=now + TRIAL // _MS, trial=True)

    def untried(self) -> "Breaker":
        """The one that was let through has not been handed over after all: another may try."""
        return replace(self, until=0, trial=False) if self.trial else self

    def passed(self) -> "Breaker":
        """The provider did its part."""
        return Breaker(self.seed)

    def failed(self, now: int, after: timedelta | None = None) -> "Breaker":
        """The provider did not; `after` is the rest that it asks for, from the first time on."""
        faults = self.faults + 1
        if self.until is not None and now < self.until and not self.trial:
            # One that was on its way before the rest began.
            asked = now + (after or timedelta()) // _MS
            return replace(self, faults=faults, until=max(self.until, asked))
        opens = faults >= FAULTS or self.until is not None
        if not opens and after is None:
            return replace(self, faults=faults)
        own = min(LONGEST, SHORTEST * 2 ** min(self.rests, 10)) if opens else timedelta()
        rest = max(jittered(own, f"{self.seed} {self.rests}"), after or timedelta())
        return Breaker(self.seed, faults, self.rests + 1, now + rest // _MS)
