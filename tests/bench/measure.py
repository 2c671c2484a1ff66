"""Two things measured in turn, and what their figures say beside each other."""

import statistics
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

ROUNDS = 3


@dataclass(frozen=True, slots=True)
class Comparison:
    """One path: medians over the rounds, and the median of the rounds' ratios.

    `reach` is the ratio aimed at, None where the figure is only reported. `cpu_ratio` compares
    the processor time that the process under test takes for one unit of work (reference / ours):
    it tells how far the process itself carries where the load generator is the limit. `digits`
    are those behind the point that are worth printing.
    """

    path: str
    unit: str
    ours: float
    reference: float
    ratio: float
    lowest: float
    highest: float
    reach: float | None
    cpu_ratio: float | None = None
    note: str = ""
    digits: int = 0

    def as_json(self) -> dict[str, object]:
        """For the file."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Figure:
    """Units of work a second; processor seconds that the process under test took for one."""

    rate: float
    cpu: float | None = None


def beside(
    path: str,
    unit: str,
    pairs: Sequence[tuple[float, float]],
    *,
    reach: float | None = None,
    note: str = "",
    digits: int = 1,
) -> Comparison:
    """Figures that were measured in pairs, ours and the reference's, such as times."""
    ratios = [ours / reference for ours, reference in pairs]
    return Comparison(
        path=path,
        unit=unit,
        ours=statistics.median(ours for ours, _ in pairs),
        reference=statistics.median(reference for _, reference in pairs),
        ratio=statistics.median(ratios),
        lowest=min(ratios),
        highest=max(ratios),
        reach=reach,
        note=note,
        digits=digits,
    )


def compare(
    path: str,
    unit: str,
    ours: Callable[[], Figure],
    reference: Callable[[], Figure],
    *,
    reach: float | None,
    rounds: int = ROUNDS,
    note: str = "",
) -> Comparison:
    """Measure the two in turn, `rounds` times, after one round to warm up."""
    ours(), reference()
    pairs = [(ours(), reference()) for _ in range(rounds)]
    ratios = [a.rate / b.rate for a, b in pairs]
    return Comparison(
        path=path,
        unit=unit,
        ours=statistics.median(a.rate for a, _ in pairs),
        reference=statistics.median(b.rate for _, b in pairs),
        ratio=statistics.median(ratios),
        lowest=min(ratios),
        highest=max(ratios),
        reach=reach,
        cpu_ratio=_cpu_ratio(pairs),
        note=note,
    )


def _cpu_ratio(pairs: Sequence[tuple[Figure, Figure]]) -> float | None:
    ratios = [b.cpu / a.cpu for a, b in pairs if a.cpu and b.cpu]
    return statistics.median(ratios) if ratios else None
