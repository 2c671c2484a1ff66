"""Levels with memory: reached at once, lost after a grace time, one at a time."""

from msgspec.structs import replace

from services.engagement.domain.formula import Formula, place_among
from services.engagement.domain.moments.curve import Curve
from services.engagement.domain.watch import MOST_LEVELS, Held, Watch


def place_of(formula: Formula, level: str) -> int | None:
    """0 for the lowest; None for a level that the formula no longer has."""
    for place, one in enumerate(formula.levels):
        if one.name == level:
            return place
    return None


def place_at(formula: Formula, points: float) -> int:
    """Of the level that a score of `points` stands in."""
    return place_among(formula.levels, points)


def hold(watch: Watch, level: str, since: int) -> Watch:
    """With one more level that is held, and nothing known of falling below it."""
    levels = (*watch.levels, Held(level, since))[-MOST_LEVELS:]
    return replace(watch, levels=levels, below=None)


def settled(watch: Watch, curve: Curve, formula: Formula, now: int) -> Watch:
    """With every level lost that was to be lost by `now`, as if somebody had always looked."""
    while may_be_lost_before(watch, curve, formula, now + 1):
        lost_at = next_loss(watch, curve, formula)
        if lost_at is None or lost_at > now:
            return watch
        place = place_of(formula, watch.levels[-1].level) or 0
        watch = replace(hold(watch, formula.levels[place - 1].name, lost_at), demoted=lost_at)
    return watch


def noted_below(watch: Watch, before: Curve, score: float, formula: Formula, now: int) -> Watch:
    """Since when the score has been below the level held, kept as acts change its course from
    `before` to `score`."""
    held = watch.levels[-1]
    place = place_of(formula, held.level)
    start = 0.0 if place is None else formula.levels[place].start
    if score >= start:
        return watch if watch.below is None else replace(watch, below=None)
    if watch.below is not None:
        return watch
    fell = before.falls_below(start, held.since) if before.at(now) < start else now
    return replace(watch, below=min(fell, now))


def may_be_lost_before(watch: Watch, curve: Curve, formula: Formula, time: int) -> bool:
    """Whether the next loss may lie before `time`: one look at the curve, no search."""
    held = watch.levels[-1]
    demotion, place = formula.demotion, place_of(formula, held.level)
    if demotion is None or not place:
        return False
    if watch.below is not None:
        return watch.below + demotion.grace < time
    fell_by = time - demotion.grace
    if fell_by <= held.since:
        return False
    # Where there are debts, the score may have been below for a while before.
    return not curve.only_falls or curve.at(fell_by) < formula.levels[place].start


def next_loss(watch: Watch, curve: Curve, formula: Formula) -> int | None:
    """When the level held is lost if no act comes; None for never."""
    held = watch.levels[-1]
    demotion, place = formula.demotion, place_of(formula, held.level)
    if demotion is None or not place:
        return None
    start = formula.levels[place].start
    fell = curve.falls_below(start, held.since) if watch.below is None else watch.below
    earliest = 0 if watch.demoted is None else watch.demoted + demotion.at_most_every
    while True:
        lost_at = max(fell + demotion.grace, earliest)
        if curve.at(lost_at) < start:
            return lost_at
        fell = curve.falls_below(start, lost_at)  # Debts have faded, so it had risen again.
