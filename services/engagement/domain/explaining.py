"""Why a score is what it is: lines that add up to it, to the last digit shown."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from services.engagement.domain import ledger
from services.engagement.domain.account import open_accounts
from services.engagement.domain.apportioning import UNITS, apportion, in_units
from services.engagement.domain.earning import amount_of
from services.engagement.domain.formula import Formula
from services.engagement.domain.ledger import Entry
from services.engagement.domain.profile import Score

CUTS = frozenset(
    {
        ledger.EXCLUDED,
        ledger.WRONG_CHANNEL,
        ledger.WRONG_SEGMENT,
        ledger.TOO_YOUNG,
        ledger.ONLY_ONCE,
        ledger.NOT_THE_NTH,
        ledger.DIMINISHED,
        ledger.CAPPED,
    }
)
"""Notes on what limits and conditions cut."""

VISIBLE = 0.5 / UNITS
"""Fewer points show no digit."""


@dataclass(frozen=True, slots=True)
class Line:
    """An act with its entry, or an order with all of its own, in the order of time.

    `earned` and `worth`, what is left of it, are exact points, `worth_shown` hundredths; `asked`
    is what it would have earned, where a limit or a condition cut it; `matters` is the most that
    any of it is worth now, or would be, even where it takes back as much.
    """

    kind: str
    entries: Sequence[Entry]
    dimension: str
    earned: float
    worth: float
    asked: float | None
    matters: float
    worth_shown: int = 0

    @property
    def key(self) -> str:
        """Of the act, or of the order."""
        return self.entries[0].order or self.entries[0].key

    @property
    def time(self) -> int:
        """Of the first act (ms)."""
        return self.entries[0].time

    @property
    def earned_shown(self) -> int:
        """In hundredths."""
        return in_units(self.earned)

    @property
    def age_took(self) -> int:
        """In hundredths, below zero where it gave: what took back has faded."""
        return self.earned_shown - self.worth_shown

    @property
    def cut(self) -> str | None:
        """The note on what a limit or a condition cut."""
        return next((one.note for one in self.entries if one.note in CUTS), None)


@dataclass(frozen=True, slots=True)
class Faded:
    """Acts that are too old to show a digit, in one line; hundredths."""

    acts: int = 0
    earned: int = 0
    worth: int = 0


@dataclass(frozen=True, slots=True)
class Share:
    """What each dimension gives to a score beside the whole one, in hundredths; `lifted` is what
    is added to a sum below zero."""

    total: int
    dimensions: Mapping[str, int]
    lifted: int


@dataclass(frozen=True, slots=True)
class Explanation:
    """`total` is the sum of `dimensions` and `lifted`, which is what is added to a sum below zero;
    these are each the sum of their `lines`, the weightiest first, and their `faded`. `silent`
    acts earn nothing. All in hundredths."""

    score: Score
    total: int
    dimensions: Mapping[str, int]
    lifted: int
    lines: Sequence[Line]
    faded: Mapping[str, Faded]
    silent: int
    named: Mapping[str, Share]

    @property
    def faded_together(self) -> Faded:
        """Of all dimensions."""
        every = self.faded.values()
        return Faded(
            sum(one.acts for one in every),
            sum(one.earned for one in every),
            sum(one.worth for one in every),
        )


def explain(score: Score, lines: Sequence[Line], formula: Formula) -> Explanation:
    """`lines` are all, as `lines_of` makes them, of what `score` was made of."""
    earning = [line for line in lines if line.matters]
    dimensions, lifted = _shared(score.dimensions, score.total)
    counting: list[Line] = []
    faded: dict[str, Faded] = {}
    for name, units in dimensions.items():
        seen = [one for one in earning if one.dimension == name and one.matters >= VISIBLE]
        gone = [one for one in earning if one.dimension == name and one.matters < VISIBLE]
        parts = [*(line.worth for line in seen), math.fsum(line.worth for line in gone)]
        *worths, rest = apportion(parts, units)
        counting += [
            replace(line, worth_shown=worth) for line, worth in zip(seen, worths, strict=True)
        ]
        earned = in_units(math.fsum(line.earned for line in gone))
        faded[name] = Faded(sum(len(line.entries) for line in gone), earned, rest)
    return Explanation(
        score=score,
        total=in_units(score.total),
        dimensions=dimensions,
        lifted=lifted,
        lines=sorted(counting, key=lambda one: (-abs(one.worth), -one.time, one.key)),
        faded=faded,
        silent=sum(len(line.entries) for line in lines if not line.matters),
        named={
            name: _named(rule.weights, score.dimensions, score.scores[name].total)
            for name, rule in formula.scores.items()
        },
    )


def lines_of(entries: Iterable[Entry], formula: Formula, time: int) -> list[Line]:
    """All lines, also of what is worth nothing at `time`."""
    told = {entry.key: entry for entry in sorted(entries, key=lambda one: (one.time, one.key))}
    groups: dict[tuple[str, str], list[Entry]] = {}
    for entry in told.values():
        # A withdrawal from an order belongs to what it takes back.
        kind = told.get(entry.withdraws or "", entry).kind
        about = (entry.order, formula.orders[kind]) if entry.order else (entry.key, kind)
        groups.setdefault(about, []).append(entry)
    cut = [entry for group in groups.values() if _is_cut(group) for entry in group if entry.order]
    orders = {
        about: one.worth.points for about, one in open_accounts(cut, lambda _: formula).items()
    }
    return [
        _line(kind, group, orders.get((key, kind)), formula, time)
        for (key, kind), group in groups.items()
    ]


def _line(
    kind: str, group: Sequence[Entry], order_asked: float | None, formula: Formula, time: int
) -> Line:
    first = next((entry for entry in group if entry.points), group[0])
    aged = formula.decays[first.cell].aged
    worths = [aged(one.points, one.counts_from, time) for one in group if one.points]
    asked = None
    if _is_cut(group):
        asked = amount_of(first, formula)[0] if order_asked is None else order_asked
    return Line(
        kind=kind,
        entries=group,
        dimension=first.dimension,
        earned=math.fsum(entry.points for entry in group),
        worth=math.fsum(worths),
        asked=asked,
        matters=max([abs(aged(asked or 0.0, first.time, time)), *map(abs, worths)]),
    )


def _is_cut(group: Iterable[Entry]) -> bool:
    return any(entry.note in CUTS for entry in group)


def _shared(parts: Mapping[str, float], total: float) -> tuple[dict[str, int], int]:
    """Each of the parts in hundredths, and what lifts their sum to `total`, which is never less."""
    together = math.fsum(parts.values())
    # As a sum of sums, `total` may be another number by its last bits.
    whole = in_units(total) if together >= 0 else in_units(together)
    shown = dict(zip(parts, apportion(list(parts.values()), whole), strict=True))
    return shown, in_units(total) - sum(shown.values())


def _named(weights: Mapping[str, float], dimensions: Mapping[str, float], total: float) -> Share:
    shown, lifted = _shared({name: w * dimensions[name] for name, w in weights.items()}, total)
    return Share(in_units(total), shown, lifted)
