"""What is noticed of one customer: when a batch of their acts is scored, and when time goes by."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import tzinfo

from msgspec.structs import replace

from services.engagement.domain.act import act_ref
from services.engagement.domain.formula import Formula
from services.engagement.domain.ledger import Change, Entry
from services.engagement.domain.moment import Moment, moment_id
from services.engagement.domain.moments import by_acts, by_time, levels
from services.engagement.domain.moments.anniversary import earliest_anniversary
from services.engagement.domain.moments.curve import Curve
from services.engagement.domain.moments.rules import Rules
from services.engagement.domain.profile import Profile
from services.engagement.domain.watch import Held, Watch


@dataclass(frozen=True, slots=True)
class Observed:
    """The watch as it is from now on, the very same object where nothing about it changed; the
    moments that others are told of, and those that lie too far back for that."""

    watch: Watch
    moments: tuple[Moment, ...] = ()
    history: tuple[Moment, ...] = ()


def observe(
    before: Profile | None,
    change: Change,
    entries: Sequence[Entry],
    formula: Formula,
    rules: Rules,
    now: int,
) -> Observed:
    """What a scored batch brings for the customer of `change`, whose profile was `before` and whose
    new `entries` are given; `now` (ms) is when it was scored.

    A moment of an act that is older than the programme announces, or of a level that such an act
    has brought, goes to `history`.
    """
    after = _after(before, change, entries)
    acts = by_acts.own_acts(entries)
    found = list(by_acts.firsts(before, change, acts, rules))
    found += by_acts.nths(before, change, acts, rules)
    if rules.comeback_after is not None:
        found += by_acts.comebacks(before, acts, formula, rules.comeback_after)
    curves = Curve(before.sums if before else {}, formula), Curve(after.sums, formula)
    watch = _begun(before, change, formula, curves[0], now)
    if watch.due is not None and watch.due <= now:
        watch = levels.settled(watch, curves[0], formula, now)
    watch = levels.noted_below(watch, *curves, formula, now)
    watch, risen = _risen(watch, curves[1], after.customer, formula, acts, now)
    if risen is not None and rules.level_reached:
        found.append(risen)
    risks = _risks(watch, acts, formula, rules, now)
    if risks:
        watch = replace(watch, at_risk=max(moment.time for moment in risks))
    is_new = before is None or after.first < before.first
    watch = _with_earlier_due(watch, after, curves[1], formula, rules, now, is_new)
    ages = {act.key: act.time for act in acts}
    return _split(watch, found + risks, ages, now - rules.announce_within)


def due(profile: Profile, formula: Formula, rules: Rules, now: int, zone: tzinfo) -> Observed:
    """What time alone has brought by `now`, for a customer who lives in `zone`; also the level of
    one whose score was changed by something else than acts, as a merge. `watch.due` is later than
    `now`."""
    curve = Curve(profile.sums, formula)
    watch = _begun(profile, Change(first=profile.first), formula, curve, now)
    watch = levels.settled(watch, curve, formula, now)
    watch, risen = _risen(watch, curve, profile.customer, formula, (), now)
    lost_at = levels.next_loss(watch, curve, formula)
    watch, silence, silent = by_time.silence(profile, watch, rules, now)
    watch, anniversary, next_one = by_time.anniversary(profile, watch, rules, now, zone)
    found = [one for one in (silence, anniversary) if one is not None]
    if risen is not None and rules.level_reached:
        found.append(risen)
    coming = [time for time in (lost_at, silent, next_one) if time is not None]
    watch = replace(watch, due=min(coming, default=None))
    return _split(watch, found, {}, now - rules.announce_within)


def _after(before: Profile | None, change: Change, entries: Sequence[Entry]) -> Profile:
    if before is None:
        customer = entries[0].customer if entries else ""
        return Profile(customer, change.sums, change.acts, {}, change.first, change.last)
    sums, acts = dict(before.sums), dict(before.acts)
    for cell, weight in change.sums.items():
        sums[cell] = sums.get(cell, 0.0) + weight
    for kind, times in change.acts.items():
        acts[kind] = acts.get(kind, 0) + times
    first, last = min(before.first, change.first), max(before.last, change.last)
    return Profile(before.customer, sums, acts, {}, first, last, before.watch)


def _begun(
    before: Profile | None, change: Change, formula: Formula, curve: Curve, now: int
) -> Watch:
    """A customer's watch; that of one who was known before there were watches, or whose level the
    formula no longer has, begins with the level that their score stands in, which is no news."""
    if before is None:
        lowest = Held(formula.levels[0].name, change.first)
        return Watch(levels=(lowest,), known_since=now)
    watch = before.watch
    if not watch.levels:
        level = formula.levels[levels.place_at(formula, curve.at(now))].name
        watch = replace(watch, levels=(Held(level, before.first),), known_since=now)
    elif levels.place_of(formula, watch.levels[-1].level) is None:
        level = formula.levels[levels.place_at(formula, curve.at(now))].name
        watch = levels.hold(watch, level, now)
    if change.first < before.first:
        first, *others = watch.levels
        since = min(first.since, change.first)
        watch = replace(watch, levels=(Held(first.level, since), *others), known_since=now)
    return watch


def _risen(
    watch: Watch,
    curve: Curve,
    customer: str,
    formula: Formula,
    acts: Sequence[Entry],
    now: int,
) -> tuple[Watch, Moment | None]:
    held = watch.levels[-1]
    reached = levels.place_at(formula, curve.at(now))
    if reached <= (levels.place_of(formula, held.level) or 0):
        return watch, None
    level = formula.levels[reached].name
    brought_by = next((act for act in reversed(acts) if act.points > 0), acts[-1] if acts else None)
    moment = Moment(
        id=moment_id(customer, "level_reached", level, f"{held.level} {held.since}"),
        customer=customer,
        kind="level_reached",
        name=level,
        time=now,
        act=None if brought_by is None else act_ref(brought_by),
    )
    return levels.hold(watch, level, now), moment


def _risks(
    watch: Watch, acts: Sequence[Entry], formula: Formula, rules: Rules, now: int
) -> list[Moment]:
    risk = rules.at_risk
    if risk is None:
        return []
    second = min(1, len(formula.levels) - 1)
    since = second if risk.from_level is None else levels.place_of(formula, risk.from_level)
    if since is None or (levels.place_of(formula, watch.levels[-1].level) or 0) < since:
        return []
    recent = [act for act in acts if act.time >= now - rules.announce_within]
    return list(by_acts.bad_experiences(recent, risk, watch.at_risk))


def _with_earlier_due(
    watch: Watch,
    after: Profile,
    curve: Curve,
    formula: Formula,
    rules: Rules,
    now: int,
    is_new: bool,
) -> Watch:
    """`due` moves only to become earlier, so that most acts need not write it."""
    dues = [] if watch.due is None else [watch.due]
    if (is_new or not dues) and rules.anniversaries_at is not None:
        dues.append(earliest_anniversary(after.first, rules.anniversaries_at, now))
    silent = by_time.silent_from(after, watch, rules, now)
    if silent is not None:
        dues.append(silent)
    if not dues or levels.may_be_lost_before(watch, curve, formula, min(dues)):
        lost_at = levels.next_loss(watch, curve, formula)
        if lost_at is not None:
            dues.append(lost_at)
    earliest = min(dues, default=None)
    return watch if earliest == watch.due else replace(watch, due=earliest)


def _split(watch: Watch, found: Sequence[Moment], ages: Mapping[str, int], since: int) -> Observed:
    """A moment is as old as the act that brought it."""
    if not found:
        return Observed(watch)

    def is_news(moment: Moment) -> bool:
        key = "" if moment.act is None else f"{moment.act.source} {moment.act.id}"
        return min(moment.time, ages.get(key, moment.time)) >= since

    news = tuple(moment for moment in found if is_news(moment))
    if len(news) == len(found):
        return Observed(watch, news)
    return Observed(watch, news, tuple(moment for moment in found if not is_news(moment)))
