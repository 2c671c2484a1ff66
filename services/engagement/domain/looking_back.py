"""A customer's profile as it would have been known at another time, by the times of acts."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import msgspec

from services.engagement.domain.act import Telling
from services.engagement.domain.folding import fold
from services.engagement.domain.formula import Formula
from services.engagement.domain.ledger import Entry
from services.engagement.domain.moments.curve import Curve
from services.engagement.domain.moments.levels import hold, next_loss, place_of, settled
from services.engagement.domain.profile import Profile, value
from services.engagement.domain.watch import UNWATCHED, Watch


@dataclass(frozen=True, slots=True)
class Past:
    """A profile with all entries that it is made of."""

    profile: Profile
    entries: Sequence[Entry]


def look_back(
    known: Profile,
    tellings: Iterable[Telling],
    formula: Formula,
    time: int,
    *,
    excluded: bool = False,
) -> Past | None:
    """Made anew from the customer's `tellings`, which happened by `time` (ms); None where there are
    none. `known` is the profile now, which knows the levels held."""
    customer = known.customer
    folded = fold(tellings, formula, lambda _: customer, [customer] if excluded else ())
    change = folded.changes.get(customer)
    if change is None:
        return None
    profile = Profile(
        customer=customer,
        sums=change.sums,
        acts={kind: count for kind, count in change.acts.items() if count},
        money={code: (a, b) for code, (a, b) in change.money.items() if a or b},
        first=change.first,
        last=change.last,
        watch=watch_at(known.watch, time),
    )
    return Past(holding(profile, formula, time), folded.entries)


def watch_at(watch: Watch, time: int) -> Watch:
    """With the levels that were held by `time` (ms), and what is known of falling below them."""
    levels = tuple(held for held in watch.levels if held.since <= time)
    if not levels:
        return UNWATCHED
    stands = levels == watch.levels and watch.below is not None and watch.below <= time
    demoted = watch.demoted if watch.demoted is not None and watch.demoted <= time else None
    below = watch.below if stands else None
    return msgspec.structs.replace(watch, levels=levels, below=below, demoted=demoted)


def holding(profile: Profile, formula: Formula, time: int) -> Profile:
    """With the levels that are lost by `time` (ms) if nothing happens until then."""
    if not profile.watch.levels:
        return profile
    curve = Curve(profile.sums, formula)
    return replace(profile, watch=settled(profile.watch, curve, formula, time))


@dataclass(frozen=True, slots=True)
class Loss:
    """If nothing happens, the score is below the start of `level` from `below_at` on (ms), and the
    level is lost at `lost_at`; None where levels are kept for ever."""

    level: str
    below_at: int
    lost_at: int | None


def loss(profile: Profile, formula: Formula, time: int) -> Loss | None:
    """When the level held at `time` (ms) is lost; None for the lowest."""
    level = value(profile, (), formula, time, 0).level
    if not place_of(formula, level.name):
        return None
    watch, curve = profile.watch, Curve(profile.sums, formula)
    if not watch.levels or watch.levels[-1].level != level.name:
        watch = hold(watch, level.name, time)
    below_at = watch.below
    if below_at is None:
        below_at = curve.falls_below(level.start, watch.levels[-1].since)
    return Loss(level.name, below_at, next_loss(watch, curve, formula))
