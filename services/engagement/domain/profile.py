"""A customer's profile, and what it is worth at a time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from services.engagement.domain.formula import Formula, Level, ScoreRule, level_among
from services.engagement.domain.ledger import Entry
from services.engagement.domain.links import LINK, Links, links_at
from services.engagement.domain.watch import UNWATCHED, Watch


@dataclass(frozen=True, slots=True)
class Profile:
    """Sums by dimension as of the landmark, acts by kind, money by currency (gross, refunded);
    `watch` is what has been noticed so far."""

    customer: str
    sums: Mapping[str, float] = field(default_factory=dict)
    acts: Mapping[str, int] = field(default_factory=dict)
    money: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    first: int = 0
    last: int = 0
    watch: Watch = UNWATCHED


@dataclass(frozen=True, slots=True)
class Weighed:
    """A ledger entry and what its points are worth now."""

    entry: Entry
    worth: float


@dataclass(frozen=True, slots=True)
class NamedScore:
    """A score beside the whole one; `level` is None where it has no levels."""

    total: float
    level: Level | None
    next_level: Level | None


@dataclass(frozen=True, slots=True)
class Score:
    """`profile` at `time` (ms). The total is never below zero; its dimensions may be. `level` is
    the one that the customer holds, which falls later than the total does."""

    profile: Profile
    time: int
    formula: str
    total: float
    dimensions: Mapping[str, float]
    level: Level
    next_level: Level | None
    scores: Mapping[str, NamedScore]
    links: Links | None
    entries: Sequence[Weighed]


def value(
    profile: Profile, entries: Sequence[Entry], formula: Formula, time: int, most: int
) -> Score:
    """The score of `profile` at `time`, with the `most` entries that matter most by then."""

    def sum_of(cell: str) -> float:
        total = profile.sums.get(cell)
        return 0.0 if not total else formula.decays[cell].at(total, time)

    dimensions = {
        name: sum(map(sum_of, cells)) for name, cells in formula.dimensions.items() if name != LINK
    }
    total = max(0.0, sum(dimensions.values()))
    level, following = _held(profile, formula, total)
    weighed = [
        Weighed(e, formula.decays[e.cell].aged(e.points, e.counts_from, time))
        for e in entries
        if e.cell in formula.decays
    ]
    weighed.sort(key=lambda w: (-abs(w.worth), -w.entry.time, w.entry.key))
    return Score(
        profile=profile,
        time=time,
        formula=formula.version,
        total=total,
        dimensions=dimensions,
        level=level,
        next_level=following,
        scores={name: _named(rule, dimensions) for name, rule in formula.scores.items()},
        links=None if formula.links is None else links_at(sum_of, total),
        entries=weighed[:most],
    )


def _held(profile: Profile, formula: Formula, total: float) -> tuple[Level, Level | None]:
    reached = formula.level_at(total)
    if not profile.watch.levels:
        return reached
    name = profile.watch.levels[-1].level
    start = next((level.start for level in formula.levels if level.name == name), 0.0)
    return formula.level_at(max(total, start))


def _named(rule: ScoreRule, dimensions: Mapping[str, float]) -> NamedScore:
    total = sum(weight * dimensions[name] for name, weight in rule.weights.items())
    if not rule.levels:
        return NamedScore(max(0.0, total), None, None)
    return NamedScore(max(0.0, total), *level_among(rule.levels, total))
