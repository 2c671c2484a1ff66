"""What is noticed of one customer: when a batch of their acts is scored, and when time goes by."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import tzinfo

from msgspec.structs import replace

from services.engagement.domain.act import act_ref
from services.engagement.domain.formula import Formula
from services.engagement.domain.ledger import Change, Entry
from services.engagement.domain.moment import Moment, moment_id
from services.engagement.domain.moments import by_acts, by_time, levels
from services.engagement.domain.moments.anniversary import earliest_anniversary
from services.engagement.domain.moments.curve import Curve, Standing
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


class Observer:
    """Observes those whom a batch is about that was scored at `now` (ms); what does not depend on
    the customer is found out once."""

    __slots__ = ("_formula", "_now", "_risk_from", "_rules", "_since", "_standing")

    def __init__(self, formula: Formula, rules: Rules, now: int) -> None:
        self._formula, self._rules, self._now = formula, rules, now
        self._since = now - rules.announce_within
        self._standing = Standing(formula, now)
        self._risk_from = _risk_from(formula, rules)

    def observe(self, before: Profile | None, change: Change, entries: Sequence[Entry]) -> Observed:
        """What the batch brings for the customer of `change`, whose profile was `before` and whose
        new `entries` are given.

        A moment of an act that is older than the programme announces, or of a level that such an
        act has brought, goes to `history`.
        """
        formula, rules, now = self._formula, self._rules, self._now
        acts = by_acts.own_acts(entries)
        found = list(by_acts.firsts(before, change, acts, rules))
        if not rules.nth.keys().isdisjoint(change.acts):
            found += by_acts.nths(before, change, acts, rules)
        if rules.comeback_after is not None:
            found += by_acts.comebacks(before, acts, formula, rules.comeback_after)
        sums = {} if before is None else before.sums
        watch = _begun(before, change, formula, self._standing, now)
        if watch.due is not None and watch.due <= now:
            watch = levels.settled(watch, Curve(sums, formula), formula, now)
        score = self._standing.of(sums, change.sums)
        watch = levels.noted_below(watch, Curve(sums, formula), score, formula, now)
        watch, risen = _risen(watch, score, entries[0].customer, formula, acts, now)
        if risen is not None and rules.level_reached:
            found.append(risen)
        risks = self._risks(watch, acts)
        if risks:
            watch = replace(watch, at_risk=max(moment.time for moment in risks))
        watch = self._with_earlier_due(watch, before, change)
        return (
            _split(watch, found + risks, acts, self._since) if found or risks else Observed(watch)
        )

    def _risks(self, watch: Watch, acts: Sequence[Entry]) -> list[Moment]:
        risk, start = self._rules.at_risk, self._risk_from
        if risk is None or start is None:
            return []
        if start and (levels.place_of(self._formula, watch.levels[-1].level) or 0) < start:
            return []
        recent = [act for act in acts if act.time >= self._since]
        return list(by_acts.bad_experiences(recent, risk, watch.at_risk)) if recent else []

    def _with_earlier_due(self, watch: Watch, before: Profile | None, change: Change) -> Watch:
        """`due` moves only to become earlier, so that most acts need not write it."""
        rules, now, at = self._rules, self._now, self._rules.anniversaries_at
        due, acts, first, last = watch.due, sum(change.acts.values()), change.first, change.last
        if before is not None:
            acts += sum(before.acts.values())
            first, last = min(first, before.first), max(last, before.last)
        is_new = before is None or first < before.first
        if at is not None and (is_new or due is None):
            due = _earlier(due, earliest_anniversary(first, at, now))
        due = _earlier(due, by_time.silent_from(acts, first, last, watch, rules, now))
        curve = Curve({} if before is None else before.sums, self._formula, change.sums)
        if due is None or levels.may_be_lost_before(watch, curve, self._formula, due):
            due = _earlier(due, levels.next_loss(watch, curve, self._formula))
        return watch if due == watch.due else replace(watch, due=due)


def due(profile: Profile, formula: Formula, rules: Rules, now: int, zone: tzinfo) -> Observed:
    """What time alone has brought by `now`, for a customer who lives in `zone`; also the level of
    one whose score was changed by something else than acts, as a merge. `watch.due` is later than
    `now`."""
    curve, standing = Curve(profile.sums, formula), Standing(formula, now)
    watch = _begun(profile, Change(first=profile.first), formula, standing, now)
    watch = levels.settled(watch, curve, formula, now)
    watch, risen = _risen(watch, curve.at(now), profile.customer, formula, (), now)
    lost_at = levels.next_loss(watch, curve, formula)
    watch, silence, silent = by_time.silence(profile, watch, rules, now)
    watch, anniversary, next_one = by_time.anniversary(profile, watch, rules, now, zone)
    found = [one for one in (silence, anniversary) if one is not None]
    if risen is not None and rules.level_reached:
        found.append(risen)
    coming = [time for time in (lost_at, silent, next_one) if time is not None]
    watch = replace(watch, due=min(coming, default=None))
    return _split(watch, found, (), now - rules.announce_within)


def _earlier(due: int | None, other: int | None) -> int | None:
    if due is None or other is None:
        return other if due is None else due
    return other if other < due else due


def _risk_from(formula: Formula, rules: Rules) -> int | None:
    """The place of the first level at which a bad experience is a risk."""
    if rules.at_risk is None or rules.at_risk.from_level is None:
        return min(1, len(formula.levels) - 1)
    return levels.place_of(formula, rules.at_risk.from_level)


def _begun(
    before: Profile | None, change: Change, formula: Formula, standing: Standing, now: int
) -> Watch:
    """A customer's watch; that of one who was known before there were watches, or whose level the
    formula no longer has, begins with the level that their score stands in, which is no news."""
    if before is None:
        lowest = Held(formula.levels[0].name, change.first)
        return Watch(levels=(lowest,), known_since=now)
    watch = before.watch
    if not watch.levels:
        level = formula.levels[levels.place_at(formula, standing.of(before.sums, {}))].name
        watch = replace(watch, levels=(Held(level, before.first),), known_since=now)
    elif levels.place_of(formula, watch.levels[-1].level) is None:
        level = formula.levels[levels.place_at(formula, standing.of(before.sums, {}))].name
        watch = levels.hold(watch, level, now)
    if change.first < before.first:
        first, *others = watch.levels
        since = min(first.since, change.first)
        watch = replace(watch, levels=(Held(first.level, since), *others), known_since=now)
    return watch


def _risen(
    watch: Watch,
    score: float,
    customer: str,
    formula: Formula,
    acts: Sequence[Entry],
    now: int,
) -> tuple[Watch, Moment | None]:
    held = watch.levels[-1]
    reached = levels.place_at(formula, score)
    if reached <= (levels.place_of(formula, held.level) or 0):
        return watch, None
    level = formula.levels[reached].name
    moment = Moment(
        id=moment_id(customer, "level_reached", level, f"{held.level} {held.since}"),
        customer=customer,
        kind="level_reached",
        name=level,
        time=now,
        act=act_ref(_brought_by(acts)) if acts else None,
    )
    return levels.hold(watch, level, now), moment


def _split(watch: Watch, found: Sequence[Moment], acts: Sequence[Entry], since: int) -> Observed:
    """A moment is as old as the act that brought it."""
    news: list[Moment] = []
    history: list[Moment] = []
    for moment in found:
        age = moment.time
        if moment.kind == "level_reached" and acts:
            age = _brought_by(acts).time
        (news if age >= since else history).append(moment)
    return Observed(watch, tuple(news), tuple(history))


def _brought_by(acts: Sequence[Entry]) -> Entry:
    """The act that raised the score: the last that earned something."""
    return next((act for act in reversed(acts) if act.points > 0), acts[-1])
