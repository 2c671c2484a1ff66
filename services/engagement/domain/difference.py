"""What another formula would change: who moves, how scores spread, and which levels are reached."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from datasketches import kll_doubles_sketch
from msgspec import Struct

from services.engagement.domain.formula import Formula
from services.engagement.domain.moments.levels import place_of
from services.engagement.domain.profile import Profile, value
from shared.programme.thanks_rules import ThanksRule

QUANTILES = (0.1, 0.25, 0.5, 0.75, 0.9, 0.99)
_ACCURACY = 65_535  # The most that a KLL sketch takes; 1 MB for a million scores.


@dataclass(frozen=True, slots=True)
class Standpoint:
    """One customer by both formulas; `settled` where both have the same acts. `peak` is the
    highest score of the first year by the new one."""

    before: Profile | None
    after: Profile | None
    peak: float | None
    settled: bool


class Move(Struct, frozen=True):
    """So many customers go from one level to another."""

    before: str
    after: str
    customers: int


class Spread(Struct, frozen=True):
    """Of all customers' scores; `quantiles` by their rank from 0 to 1: exact for up to 65,535
    customers; for more within 0.01 % of ranks, which chance decides for each spread anew."""

    mean: float
    highest: float
    quantiles: Mapping[str, float]


class Reach(Struct, frozen=True):
    """How many customers would have reached a level within a year of their first act."""

    level: str
    customers: int
    share: float


class Difference(Struct, frozen=True):
    """As of `as_of` (ms). `promotions` is by the level that is reached; `thanks` is how many of
    them a rule thanks for, all of them where it is for certain customers only. `faults` says where
    the new book has other counts or sums of money than the live one, `unchecked` which of these
    mean something else by the new formula."""

    as_of: int
    customers: int
    moves: Sequence[Move]
    before: Spread
    after: Spread
    promotions: Mapping[str, int]
    thanks: int
    reach: Sequence[Reach]
    warnings: Sequence[str]
    faults: Sequence[str]
    unchecked: Sequence[str]


class Comparison:
    """Adds up customers, in memory that does not depend on how many there are."""

    def __init__(
        self, before: Formula, after: Formula, rules: Sequence[ThanksRule], now: int
    ) -> None:
        self._before = before
        self._after = after
        self._rules = rules
        self._now = now
        self._customers = 0
        self._moves: Counter[tuple[str, str]] = Counter()
        self._promotions: Counter[str] = Counter()
        self._reach: Counter[str] = Counter()
        self._faults: Counter[str] = Counter()
        self._spreads = _Scores(), _Scores()
        self._kinds = {
            kind
            for kind in {*before.orders, *after.orders}
            if before.orders.get(kind) != after.orders.get(kind)
        }
        self._same_money = not self._kinds and before.rules.keys() == after.rules.keys()

    def add(self, customer: Standpoint) -> None:
        """Take a customer in."""
        if customer.settled:
            self._faults.update(self._different(customer.before, customer.after))
        if customer.before is None or customer.after is None:
            return
        self._customers += 1
        old = value(customer.before, (), self._before, self._now, 0)
        new = value(customer.after, (), self._after, self._now, 0)
        self._spreads[0].add(old.total)
        self._spreads[1].add(new.total)
        if old.level.name != new.level.name:
            self._moves[old.level.name, new.level.name] += 1
        place = place_of(self._after, old.level.name)
        if place is not None and (place_of(self._after, new.level.name) or 0) > place:
            self._promotions[new.level.name] += 1
        peak = customer.peak or 0.0
        self._reach.update(level.name for level in self._after.levels if level.start <= peak)

    def result(self) -> Difference:
        """Of all customers so far."""
        reach = [self._reached(level.name) for level in self._after.levels]
        promoted = self._promotions
        return Difference(
            as_of=self._now,
            customers=self._customers,
            moves=[Move(*levels, number) for levels, number in self._moves.most_common()],
            before=self._spreads[0].spread(),
            after=self._spreads[1].spread(),
            promotions=dict(promoted),
            thanks=sum(n for level, n in promoted.items() if _is_thanked(level, self._rules)),
            reach=reach,
            warnings=list(self._warnings(reach[1:])),
            faults=[f"{what}: {_customers(n)}" for what, n in sorted(self._faults.items())],
            unchecked=[*self._not_compared()],
        )

    def _reached(self, level: str) -> Reach:
        number = self._reach[level]
        return Reach(level, number, number / self._customers if self._customers else 0.0)

    def _warnings(self, reach: Sequence[Reach]) -> Iterator[str]:
        for one in reach if self._customers else ():
            if one.customers == 0:
                yield f"nobody would reach '{one.level}' within a year"
            elif one.customers == self._customers:
                yield f"everybody would reach '{one.level}' within a year"

    def _different(self, before: Profile | None, after: Profile | None) -> Iterator[str]:
        if before is None or after is None:
            if before is not after:
                yield "known to one book only"
            return
        if (before.first, before.last) != (after.first, after.last):
            yield "first or last act"
        for kind in before.acts.keys() | after.acts.keys():
            if kind not in self._kinds and before.acts.get(kind) != after.acts.get(kind):
                yield f"number of acts, {kind}"
        if self._same_money:
            for currency in before.money.keys() | after.money.keys():
                if before.money.get(currency) != after.money.get(currency):
                    yield f"money, {currency}"

    def _not_compared(self) -> Iterator[str]:
        yield from (f"number of acts, {kind}" for kind in sorted(self._kinds))
        if not self._same_money:
            yield "money"


def _is_thanked(level: str, rules: Sequence[ThanksRule]) -> bool:
    names = ("level_reached", f"level_reached.{level}")
    audiences = (rule.audience for rule in rules if rule.on in names)
    return any(not one.levels or level in one.levels for one in audiences)


class _Scores:
    def __init__(self) -> None:
        self._sketch = kll_doubles_sketch(_ACCURACY)
        self._sum = 0.0
        self._number = 0
        self._highest = 0.0

    def add(self, total: float) -> None:
        self._sketch.update(total)
        self._sum += total
        self._number += 1
        self._highest = max(self._highest, total)

    def spread(self) -> Spread:
        if not self._number:
            return Spread(0.0, 0.0, {})
        quantiles = {str(rank): float(self._sketch.get_quantile(rank)) for rank in QUANTILES}
        return Spread(self._sum / self._number, self._highest, quantiles)


def _customers(number: int) -> str:
    return f"{number} customer{'' if number == 1 else 's'}"
