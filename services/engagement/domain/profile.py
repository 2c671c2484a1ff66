"""A customer's profile, and what it is worth at a time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from services.engagement.domain.formula import Formula, Level
from services.engagement.domain.ledger import Entry
from services.engagement.domain.watch import Watch


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
    watch: Watch = Watch()


@dataclass(frozen=True, slots=True)
class Weighed:
    """A ledger entry and what its points are worth now."""

    entry: Entry
    worth: float


@dataclass(frozen=True, slots=True)
class Score:
    """`profile` at `time` (ms). The total is never below zero; its dimensions may be."""

    profile: Profile
    time: int
    formula: str
    total: float
    dimensions: Mapping[str, float]
    level: Level
    next_level: Level | None
    entries: Sequence[Weighed]


def value(
    profile: Profile, entries: Sequence[Entry], formula: Formula, time: int, most: int
) -> Score:
    """The score of `profile` at `time`, with the `most` entries that matter most by then."""
    dimensions = {
        name: decay.at(profile.sums.get(name, 0.0), time) for name, decay in formula.decays.items()
    }
    total = max(0.0, sum(dimensions.values()))
    level, following = formula.level_at(total)
    weighed = [
        Weighed(e, formula.decays[e.dimension].aged(e.points, e.counts_from, time))
        for e in entries
        if e.dimension in formula.decays  # An older formula had others.
    ]
    weighed.sort(key=lambda w: (-abs(w.worth), -w.entry.time, w.entry.key))
    return Score(
        profile, time, formula.version, total, dimensions, level, following, weighed[:most]
    )
