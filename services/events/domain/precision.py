"""How often a detector was right, by what people said to its findings."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from math import sqrt

from services.events.domain.suggestion import Status

BANDS = 5
_Z = 1.959963984540054  # two-sided 95 %


@dataclass(frozen=True, slots=True)
class Count:
    """How many findings of a detector stand so, in one band of confidence (0 to BANDS - 1)."""

    detector: str
    band: int
    status: Status
    number: int


@dataclass(slots=True)
class Verdicts:
    """Findings by what became of them. Emitted and open ones are not decided."""

    emitted: int = 0
    open: int = 0
    confirmed: int = 0
    rejected: int = 0
    withdrawn: int = 0

    def add(self, status: Status, number: int) -> None:
        setattr(self, status, getattr(self, status) + number)

    @property
    def precision(self) -> float | None:
        """The share of confirmed ones in what people have decided; None where they have not."""
        decided = self.confirmed + self.rejected
        return self.confirmed / decided if decided else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """Where the precision lies with 95 % confidence."""
        decided = self.confirmed + self.rejected
        return wilson(self.confirmed, decided) if decided else None


@dataclass(slots=True)
class Record:
    """One detector; `bands` by confidence, from the lowest."""

    detector: str
    total: Verdicts = field(default_factory=Verdicts)
    bands: list[Verdicts] = field(default_factory=lambda: [Verdicts() for _ in range(BANDS)])


def band_of(confidence: float) -> int:
    """0 below 1/BANDS, and so on; 1.0 is in the last."""
    return min(int(confidence * BANDS), BANDS - 1)


def records(counts: Iterable[Count]) -> list[Record]:
    """By the names of the detectors."""
    found: dict[str, Record] = {}
    for count in counts:
        record = found.setdefault(count.detector, Record(count.detector))
        record.total.add(count.status, count.number)
        record.bands[count.band].add(count.status, count.number)
    return [found[name] for name in sorted(found)]


def wilson(successes: int, trials: int) -> tuple[float, float]:
    """The 95 % score interval of a proportion (Wilson 1927); `trials` is more than 0."""
    share = successes / trials
    square = _Z * _Z / trials
    middle = (share + square / 2) / (1 + square)
    half = _Z * sqrt(share * (1 - share) / trials + square / (4 * trials)) / (1 + square)
    return max(0.0, middle - half), min(1.0, middle + half)
