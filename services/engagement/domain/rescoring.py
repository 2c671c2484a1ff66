"""A customer of the live book as another formula has it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from msgspec.structs import replace

from services.engagement.domain.decay import DAY_MS
from services.engagement.domain.folding import fold
from services.engagement.domain.formula import Formula
from services.engagement.domain.ledger import Change, Entry
from services.engagement.domain.moments.curve import Curve
from services.engagement.domain.moments.levels import hold, next_loss, place_at, place_of
from services.engagement.domain.profile import Profile
from services.engagement.domain.watch import UNWATCHED, Watch

YEAR_MS = 365 * DAY_MS


@dataclass(frozen=True, slots=True)
class Refolded:
    """All entries of a customer, what they add up to, the watch, and the highest score within a
    year of the first act; `change` is None for one without entries."""

    entries: Sequence[Entry] = ()
    change: Change | None = None
    watch: Watch = UNWATCHED
    peak: float = 0.0


def refold(
    customers: Collection[str],
    entries: Sequence[Entry],
    profiles: Mapping[str, Profile],
    excluded: Collection[str],
    formulas: tuple[Formula, Formula],
    now: int,
    *,
    announce: bool = False,
) -> Mapping[str, Refolded]:
    """Each of `customers`, of whom these are all `entries` and the `profiles`, by the second of
    the `formulas`; they stand by the first."""
    before, after = formulas
    owners = {entry.key: entry.customer for entry in entries}
    folded = fold(entries, after, lambda telling: owners[telling.key], excluded)
    own: dict[str, list[Entry]] = {customer: [] for customer in customers}
    for entry in folded.entries:
        own[entry.customer].append(entry)
    result: dict[str, Refolded] = {}
    for customer in customers:
        change, profile = folded.changes.get(customer), profiles.get(customer)
        watch = UNWATCHED
        if change is not None and profile is not None:
            curves = Curve(profile.sums, before), Curve(change.sums, after)
            watch = carried(profile.watch, curves, formulas, now, announce=announce)
        result[customer] = Refolded(own[customer], change, watch, peak(own[customer], after))
    return result


def peak(entries: Sequence[Entry], formula: Formula) -> float:
    """The highest score at any act within a year of the first one."""
    earning = sorted((e for e in entries if e.weight), key=lambda entry: entry.counts_from)
    if not earning:
        return 0.0
    last = min(entry.time for entry in entries) + YEAR_MS
    sums: dict[str, float] = {}
    highest = 0.0
    for entry in earning:
        if entry.counts_from > last:
            break
        sums[entry.cell] = sums.get(entry.cell, 0.0) + entry.weight
        at = (formula.decays[cell].at(total, entry.counts_from) for cell, total in sums.items())
        highest = max(highest, sum(at))
    return highest


def carried(
    watch: Watch,
    curves: tuple[Curve, Curve],
    formulas: tuple[Formula, Formula],
    now: int,
    *,
    announce: bool,
) -> Watch:
    """The watch of one who has the second of `curves` by the second of `formulas`, and the first
    by the first: the level becomes the one that the score stands in, which is no news.

    A level that is held below its start, for a time of grace, is kept. With `announce` a higher
    one is left to be noticed.
    """
    if not watch.levels:
        return watch
    (old_curve, curve), (old, new) = curves, formulas
    held = watch.levels[-1].level
    stands = place_at(new, curve.at(now))
    place = place_of(new, held)
    was_below = (place_of(old, held) or 0) > place_at(old, old_curve.at(now))
    if announce and place is not None and stands > place:
        return replace(watch, due=now)
    if stands != place and not (was_below and place is not None and stands < place):
        watch = hold(watch, new.levels[stands].name, now)
    lost_at = next_loss(watch, curve, new)
    dues = [time for time in (watch.due, lost_at) if time is not None]
    return replace(watch, due=min(dues, default=None))
