"""The formula: what each act is worth and how it ages, compiled from the programme."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import ROUND_HALF_EVEN, Decimal

from services.engagement.domain.act import Money
from services.engagement.domain.decay import Decay
from services.engagement.domain.ledger import dimension_of
from services.engagement.domain.limits import Limits
from services.engagement.domain.links import LinkRules

PURCHASE = "purchase"
ENGAGEMENT = "engagement"
"""The name of the whole score."""
_ROUNDING = 1e-12
"""By so much decayed sums may lie below what was earned, so that 20 points reach 20."""


@dataclass(frozen=True, slots=True)
class Only:
    """Where an act counts and for whom; empty where it does not matter."""

    channels: frozenset[str] = frozenset()
    segments: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Rule:
    """What one kind of act earns: `points` each time, and `rate` points per ten-thousandth of
    the programme's currency that was paid, or with `of_margin` that the shop earned.

    `reverses` names the kind whose earnings this kind takes back. `cell` is the sum that the
    points go to, the dimension's if not said.
    """

    dimension: str
    points: float = 0.0
    rate: float = 0.0
    reverses: str | None = None
    of_margin: bool = False
    limits: Limits | None = None
    only: Only | None = None
    cell: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "cell", self.cell or self.dimension)


@dataclass(frozen=True, slots=True)
class Level:
    """A band of a score that begins at `start` points."""

    name: str
    start: float


@dataclass(frozen=True, slots=True)
class Demotion:
    """A level is lost once the score was below it for `grace` (ms); one at a time, and not again
    within `at_most_every` (ms)."""

    grace: int
    at_most_every: int


@dataclass(frozen=True, slots=True)
class ScoreRule:
    """A score beside the whole one: `weights` is how much each dimension counts."""

    weights: Mapping[str, float]
    levels: Sequence[Level] = ()


@dataclass(frozen=True, slots=True)
class Formula:
    """`decays` is by cell; `exchange` the worth of one unit of a currency in the programme's.

    Without `demotion` no level is ever lost. `margin_rate` is the share of an order that the shop
    earns where it does not say. `orders` has the kinds that say something about an order, each with
    the kind that it earns by: purchase for purchase, and for what reverses it. `dimensions` has the
    cells of each. `segments` are those that a rule asks for, `aged` the kinds that count only once
    a customer is known for some time, and `limited` says whether any kind has limits.
    """

    version: str
    decays: Mapping[str, Decay]
    rules: Mapping[str, Rule]
    levels: Sequence[Level]
    exchange: Mapping[str, Decimal]
    margin_rate: float = 1.0
    scores: Mapping[str, ScoreRule] = field(default_factory=dict)
    links: LinkRules | None = None
    demotion: Demotion | None = None
    orders: Mapping[str, str] = field(init=False)
    dimensions: Mapping[str, Sequence[str]] = field(init=False)
    segments: frozenset[str] = field(init=False)
    aged: Sequence[str] = field(init=False)
    limited: bool = field(init=False)

    def __post_init__(self) -> None:
        earning = {rule.reverses for rule in self.rules.values() if rule.reverses} | {PURCHASE}
        orders = {kind: kind for kind in earning}
        orders |= {kind: rule.reverses for kind, rule in self.rules.items() if rule.reverses}
        dimensions: dict[str, list[str]] = {}
        for cell in self.decays:
            dimensions.setdefault(dimension_of(cell), []).append(cell)
        wanted = [rule.only.segments for rule in self.rules.values() if rule.only]
        object.__setattr__(self, "orders", orders)
        object.__setattr__(self, "dimensions", dimensions)
        object.__setattr__(self, "segments", frozenset().union(*wanted))
        aged = [kind for kind, rule in self.rules.items() if rule.limits and rule.limits.least_age]
        object.__setattr__(self, "aged", aged)
        object.__setattr__(self, "limited", any(rule.limits for rule in self.rules.values()))

    def in_programme_currency(self, money: Money) -> int | None:
        """Ten-thousandths of the programme's currency; None where it has no rate."""
        rate = self.exchange.get(money.currency)
        if rate is None:
            return None
        if rate == 1:
            return money.units
        return int((money.units * rate).to_integral_value(ROUND_HALF_EVEN))

    def margin(self, money: Money, told: int | None) -> float | None:
        """What the shop earned of an amount, by `told` (ten-thousandths of its currency) or the
        rate, in ten-thousandths of the programme's currency; None without exchange rate."""
        units = self.in_programme_currency(money if told is None else Money(told, money.currency))
        if units is None:
            return None
        return units * self.margin_rate if told is None else float(units)

    def limits_of(self, kind: str) -> Limits | None:
        """The limits that acts of this kind earn under, also where they take back."""
        rule = self.rules.get(self.orders.get(kind, kind))
        return None if rule is None else rule.limits

    def reaching(self, time: int) -> "Formula":
        """The same for sums as of `time` (ms), however long before the landmark that is."""
        decays = {cell: decay.reaching(time) for cell, decay in self.decays.items()}
        return self if decays == self.decays else replace(self, decays=decays)

    def level_at(self, total: float) -> tuple[Level, Level | None]:
        """The level that `total` stands in, and the next one."""
        return level_among(self.levels, total)


def level_among(levels: Sequence[Level], total: float) -> tuple[Level, Level | None]:
    """The one of `levels`, which ascend, that `total` stands in, and the next one."""
    reached = place_among(levels, total)
    following = levels[reached + 1] if reached + 1 < len(levels) else None
    return levels[reached], following


def place_among(levels: Sequence[Level], total: float) -> int:
    """Of the one of `levels` that `total` stands in, from 0."""
    whole = total * (1 + _ROUNDING)
    return max((n for n, level in enumerate(levels) if level.start <= whole), default=0)
