"""How far a level is, and which acts would lead there today."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_UP, Decimal

from services.engagement.domain import ledger
from services.engagement.domain.account import open_accounts
from services.engagement.domain.explaining import VISIBLE, Line
from services.engagement.domain.formula import Formula, Rule
from services.engagement.domain.limits import Claim, Limits, Track
from shared.money import SCALE

MOST_TIMES = 200
"""Nobody is told to do something more often than this."""
MOST_WAYS = 5
"""As many ways are told, those first that need least."""

NO_ADVICE = frozenset(
    {
        *("answer", "survey_answer"),
        *("welcome", "kudos", "help_received", "birthday"),
        *("delivery", "complaint", "return", "subscription_ended"),
    }
)
"""Acts that nobody chooses to do in order to get on: the shop has to ask first, somebody else does
them, or they come with an order that went as it should, or wrong."""

_BARS = frozenset({ledger.EXCLUDED, ledger.WRONG_CHANNEL, ledger.WRONG_SEGMENT})
_LAST = "\U0010ffff"
"""Keys of acts that might follow come behind all others of their time."""
_ENDS = frozenset({ledger.ONLY_ONCE, ledger.TOO_YOUNG, ledger.CAPPED, ledger.DIMINISHED})
_SLACK = 1e-9


@dataclass(frozen=True, slots=True)
class Way:
    """By acts of `kind` alone, done now: `times` of them, or one of `amount` in the programme's
    currency, which `by_default_margin` says is worked out from the default margin rate.

    `reaches` is False where the limits of today, of which `note` is the code, let it earn no more
    than `points`; `rule` has its conditions.
    """

    kind: str
    rule: Rule
    points: float
    reaches: bool
    times: int | None = None
    amount: Decimal | None = None
    by_default_margin: bool = False
    note: str | None = None


def ways(
    missing: float,
    weights: Mapping[str, float],
    lines: Sequence[Line],
    formula: Formula,
    time: int,
) -> Sequence[Way]:
    """For each rule that earns for a score, and that is no NO_ADVICE: what it would take to add
    `missing` points to it at `time` (ms). `weights` says how much each dimension counts in the
    score, `lines` are all of the customer's. At most MOST_WAYS: by how often the act has to be
    done, then those that do not suffice, by what they add."""
    found: list[Way] = []
    for kind, rule in formula.rules.items():
        weight = weights.get(rule.dimension, 0.0)
        if kind in NO_ADVICE or weight <= 0 or rule.reverses:
            continue
        if rule.points <= 0 and rule.rate <= 0:
            continue
        wanted = missing / weight
        track = None if rule.limits is None else _track(kind, rule.limits, lines, formula, time)
        if rule.rate > 0:
            way = _by_amount(kind, rule, wanted, track, formula, time)
        else:
            way = _by_number(kind, rule, wanted, track, time)
        if way is not None:
            found.append(way)
    return sorted(found, key=_need)[:MOST_WAYS]


def _need(way: Way) -> tuple[bool, float, str]:
    return (not way.reaches, (way.times or 1) if way.reaches else -way.points, way.kind)


def _by_number(kind: str, rule: Rule, wanted: float, track: Track | None, time: int) -> Way:
    if track is None:
        times = max(1, math.ceil(wanted / rule.points - _SLACK))
        return Way(kind, rule, times * rule.points, reaches=True, times=times)
    points, times = 0.0, 0
    for number in range(1, MOST_TIMES + 1):
        claim = _try(track, rule.points, time, number)
        points += claim.credit
        if claim.credit:
            times = number
        if points >= wanted - _SLACK:
            return Way(kind, rule, points, reaches=True, times=times)
        if claim.credit < VISIBLE and claim.note in _ENDS:
            return Way(kind, rule, points, reaches=False, times=times, note=claim.note)
    return Way(kind, rule, points, reaches=False, times=times, note=claim.note)


def _by_amount(
    kind: str, rule: Rule, wanted: float, track: Track | None, formula: Formula, time: int
) -> Way | None:
    share = formula.margin_rate if rule.of_margin else 1.0
    if share <= 0:
        return None
    asked = wanted
    if track is not None:
        claim = _try(track, wanted, time, 1)
        if 0 < claim.credit < wanted and claim.note == ledger.DIMINISHED:
            asked = wanted * wanted / claim.credit
            claim = _try(track, asked, time, 1)
        if claim.credit < wanted - _SLACK:
            return Way(kind, rule, claim.credit, reaches=False, note=claim.note)
    units = math.ceil(max(0.0, asked - rule.points) / rule.rate / share - _SLACK)
    amount = Decimal(units).scaleb(-SCALE).quantize(Decimal("0.01"), ROUND_UP)
    return Way(kind, rule, wanted, reaches=True, amount=amount, by_default_margin=rule.of_margin)


def _try(track: Track, amount: float, time: int, number: int) -> Claim:
    claim = Claim(time, f"{_LAST}{number:06}", amount)
    track.put(claim)
    return claim


def _track(kind: str, limits: Limits, lines: Iterable[Line], formula: Formula, time: int) -> Track:
    """What acts of the kind earned so far."""
    told = list(lines)
    track = Track(limits, min((line.time for line in told), default=time))
    for line in told:
        if not any(one.kind == kind and one.note != ledger.WITHDRAWN for one in line.entries):
            continue
        order = line.entries[0].order
        if order is None:
            bar = line.cut if line.cut in _BARS else None
            claim: Claim | None = Claim(
                line.time, line.key, line.asked or line.earned, bar, line.earned
            )
        else:
            # An order asks as of when it was bought, not of the first that was told of it.
            account = open_accounts(line.entries, lambda _: formula).get((order, kind))
            claim = None if account is None else account.claim()
        if claim is not None:
            track.hold(claim)
    return track
